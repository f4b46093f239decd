import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { ConfigError, unknownName } from '@ashlar/errors'
import { type Data, type DataMap, isDataMap, isUnsafeKey, plainCopy } from '@ashlar/plugins'
import { mergeExperiments } from '../config/merge.ts'
import { parseOverride } from '../config/overrides.ts'
import { type Origin, originOfFile } from '../trust/origin.ts'
import { requireTrust } from '../trust/require-trust.ts'
import { endingOf, isModule, rankOfEnding, readExperimentFile } from './read-file.ts'

/** How an experiment is put together. */
export interface ComposeOptions {
  /** Experiments that `defaults` may name besides files: name to path. */
  readonly library?: Readonly<Record<string, string>> | undefined
  /** Those that choose among the files of a group are taken; see {@link Composed}. */
  readonly overrides?: readonly string[] | undefined
  /** Takes files that came with somebody's run for the user's own: modules among them are loaded. */
  readonly trust?: boolean | undefined
}

/** An experiment put together from its files. */
export interface Composed {
  readonly data: DataMap
  /** The overrides that chose no file, which are still to be applied. */
  readonly overrides: readonly string[]
  /** Where files of it come from that are not the user's: they lie in a run folder that was not made here. */
  readonly origin?: Origin | undefined
  /** With an origin: what the user's own files say. */
  readonly own: DataMap
}

/**
 * Reads an experiment and what it stands on. Its key `defaults` lists, in order, what lies below its own keys:
 *
 * ```yaml
 * defaults:
 *   - ./base.yaml             # another experiment, by path, or by name beside this file or in the library
 *   - optimizer: fast         # the file optimizer/fast.yaml, put under the key `optimizer`
 * ```
 *
 * An override `optimizer=slow` takes another file of a group that is listed. See `mergeExperiments` for how they lie
 * on each other.
 *
 * @throws ConfigError for files that are missing or stand on themselves; names the known files of a group.
 */
export async function composeExperiment(
  path: string,
  { library = {}, overrides = [], trust = false }: ComposeOptions = {},
): Promise<Composed> {
  const composer = new Composer(library, overrides, trust)
  const { data, own } = await composer.read(resolve(path), [])
  const { origin } = composer
  return {
    data,
    own,
    overrides: overrides.filter((each) => !composer.used.has(each)),
    ...(origin && { origin }),
  }
}

/** What files say: all of them, and the user's own. */
interface Layer {
  readonly data: DataMap
  readonly own: DataMap
}

/** One entry of `defaults`: an experiment, or a file of a group under the path that names the group. */
type Default = { readonly experiment: string } | { readonly group: string; readonly choice: string }

class Composer {
  /** The overrides that chose a file. */
  readonly used: Set<string> = new Set()
  readonly #library: Readonly<Record<string, string>>
  readonly #choices: ReadonlyMap<string, { text: string; choice: string }>
  readonly #trust: boolean
  /** Of the first file that is not the user's. */
  origin: Origin | undefined

  constructor(
    library: Readonly<Record<string, string>>,
    overrides: readonly string[],
    trust: boolean,
  ) {
    this.#library = library
    this.#trust = trust
    this.#choices = new Map(
      overrides.map(parseOverride).flatMap(({ action, path, value, text }) => {
        const isChoice = action === 'set' && typeof value === 'string'
        return isChoice ? [[path.join('.'), { text, choice: value }]] : []
      }),
    )
  }

  /**
   * @param above the files that stand on this one.
   * @param from where the one comes from that stands on it: what another's file names is not the user's.
   * @param under the keys that it is put below.
   */
  async read(
    path: string,
    above: readonly string[],
    from?: Origin,
    under: readonly string[] = [],
  ): Promise<Layer> {
    if (above.includes(path)) {
      const circle = [...above.slice(above.indexOf(path)), path].map((each) => basename(each))
      throw new ConfigError({
        where: path,
        expected: `an experiment must not stand on itself: ${circle.join(' -> ')}`,
      })
    }
    const origin = await this.#admit(path, above.at(-1), from)
    const content = plainCopy(await readExperimentFile(path, under), basename(path))
    if (!isDataMap(content)) {
      throw new ConfigError({ where: path, expected: 'must be a mapping of keys', given: content })
    }
    const { defaults, ...own } = content
    let result: Layer = { data: {}, own: {} }
    for (const each of readDefaults(defaults, path)) {
      const below =
        'group' in each
          ? await this.#readGroup(each, path, [...above, path], origin)
          : await this.read(await this.#locate(each.experiment, path), [...above, path], origin)
      // A name is that of one experiment; what stands on it has its own.
      const { name: _, ...rest } = below.data
      result = {
        data: mergeExperiments(result.data, 'group' in each ? below.data : rest),
        own: mergeExperiments(result.own, below.own),
      }
    }
    return {
      data: mergeExperiments(result.data, own),
      own: origin === undefined ? mergeExperiments(result.own, own) : result.own,
    }
  }

  /** A file of another's is data: a module is none, and one elsewhere is not its to read. */
  async #admit(
    path: string,
    above: string | undefined,
    from: Origin | undefined,
  ): Promise<Origin | undefined> {
    if (this.#trust) return undefined
    const origin = from ?? (await originOfFile(path))
    if (origin === undefined) return undefined
    this.origin ??= origin
    const key = above === undefined ? 'experiment' : `defaults of ${basename(above)}`
    const leaves = from !== undefined && (await originOfFile(path))?.inside !== from.inside
    requireTrust(origin, [
      ...origin.asks,
      ...(isModule(path) ? [{ does: 'run', what: path, key } as const] : []),
      ...(leaves ? [{ does: 'read', what: path, key } as const] : []),
    ])
    return origin
  }

  async #readGroup(
    { group, choice }: { group: string; choice: string },
    from: string,
    above: readonly string[],
    origin: Origin | undefined,
  ): Promise<Layer> {
    const keys = group.split('.')
    const folder = join(dirname(from), ...keys)
    const chosen = this.#choices.get(group)
    let file = await findFile(folder, chosen?.choice ?? choice)
    if (chosen !== undefined && file !== undefined) this.used.add(chosen.text)
    // What is no file of the group is a plain value, which is put in later.
    else if (chosen !== undefined) file = await findFile(folder, choice)
    if (file === undefined) {
      throw new ConfigError(
        unknownName(`${from}: defaults`, `file of ${group}`, choice, await namesIn(folder)),
      )
    }
    const content = await this.read(file, above, origin, keys)
    const under = (data: DataMap) =>
      keys.reduceRight<DataMap>((inside, key) => ({ [key]: inside }), data)
    return { data: under(content.data), own: under(content.own) }
  }

  async #locate(name: string, from: string): Promise<string> {
    const folder = dirname(from)
    if (/^\.{1,2}[\\/]/.test(name) || isAbsolute(name)) return resolve(folder, name)
    const beside = await findFile(folder, name)
    const shared = Object.hasOwn(this.#library, name) ? this.#library[name] : undefined
    // An experiment may be called as the one of the library that it stands on.
    const found = beside === from ? (shared ?? beside) : (beside ?? shared)
    if (found !== undefined) return found
    const known = [...(await namesIn(folder)), ...Object.keys(this.#library)]
    const others = known.filter((each) => each !== stemOf(basename(from)))
    throw new ConfigError(unknownName(`${from}: defaults`, 'experiment', name, others))
  }
}

function readDefaults(defaults: Data | undefined, path: string): Default[] {
  if (defaults === undefined) return []
  const refuse = (given: Data) =>
    new ConfigError({
      where: `${path}: defaults`,
      expected: 'must be a list of experiments and of `group: file`',
      given,
    })
  if (!Array.isArray(defaults)) throw refuse(defaults)
  return defaults.map((each) => {
    if (typeof each === 'string' && each !== '') return { experiment: each }
    const entries = isDataMap(each) ? Object.entries(each) : []
    const [[group, choice] = []] = entries
    const isGroup = group?.split('.').every((key) => key !== '' && !isUnsafeKey(key) && isName(key))
    if (entries.length !== 1 || !isGroup || typeof choice !== 'string') throw refuse(each)
    return { group: group!, choice }
  })
}

/** A name that stays inside of the folder that it is looked up in. */
function isName(text: string): boolean {
  return !/[\\/]/.test(text) && text !== '.' && text !== '..'
}

/** The file of this name, or of this name and one of the usual endings. */
async function findFile(folder: string, name: string): Promise<string | undefined> {
  if (!isName(name)) return undefined
  const files = await readdir(folder).catch(() => [])
  const wanted = name.normalize()
  const fits = files
    .filter(
      (file) => stemOf(file) !== undefined && [stemOf(file), file.normalize()].includes(wanted),
    )
    .sort((a, b) => rankOfEnding(a) - rankOfEnding(b))
  for (const path of fits.map((file) => join(folder, file))) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) return path
  }
  return undefined
}

async function namesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => [])
  return files.flatMap((file) => stemOf(file) ?? []).sort()
}

/** The name of a file with one of the usual endings, without it; in Unicode's composed form, as the disk may have another one. */
function stemOf(file: string): string | undefined {
  return endingOf(file) === undefined ? undefined : basename(file, extname(file)).normalize()
}
