import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { PluginKind, Registry } from '@ashlar/plugins'
import { type Data, type DataMap, isDataMap, jsonSchema } from '@ashlar/plugins'
import { experimentSchema } from '../config/schema.ts'
import { type Access, type FoundReference, findAccesses } from './accesses.ts'
import type { Action } from './describe-actions.ts'
import type { Origin } from './origin.ts'

/** What is known when an experiment is asked what it would do. */
export interface ActionsContext {
  /** The plugins at hand. What the options of others would do cannot be known: that their code would run is told. */
  readonly registry: Registry
  readonly origin: Origin
  /** Where relative paths start as the experiment has it: what is told. */
  readonly folder: string
  /** Where they start if it is not trusted; see {@link startOf}. */
  readonly start: string
  /** What the user said: the same value under the same key is the user's own. */
  readonly own: DataMap
  /** Keys of the experiment that are used; all by default. */
  readonly parts?: readonly string[] | undefined
}

/** References in references deeper than this are refused elsewhere. */
const DEEPEST = 60

/** What an experiment would do, and which of its keys cannot be used without that. */
export interface Asked {
  readonly actions: readonly Action[]
  /** Keys of the experiment: `dataset`. */
  readonly blocked: ReadonlySet<string>
  /** Where relative paths start, if it is not trusted: in its own folder, or where the user is. */
  readonly start: string
}

/**
 * Everything that an experiment of another's would do beyond its folder: the one list of it, for whoever asks.
 *
 * @param experiment checked; a callback's name stands in it.
 */
export async function actionsOf(experiment: DataMap, context: ActionsContext): Promise<Asked> {
  const { parts, origin } = context
  const isUsed = (key: string) => key === 'plugins' || (parts?.includes(key) ?? true)
  const used = Object.fromEntries(Object.entries(experiment).filter(([key]) => isUsed(key)))
  const { accesses, unknown } = allAccesses(used, context.registry)
  const actions: Action[] = [...origin.asks]
  const blocked = new Set(unknown.map((path) => path[0]!))
  for (const access of accesses) {
    if (isOwn(access, context) || (await isHarmless(access, context))) continue
    const { kind, path } = access
    const key = path[0] === 'plugins' ? 'plugins' : path.join('.')
    actions.push({ does: kind, what: placeOf(access, context.folder), key })
    blocked.add(path[0]!)
  }
  return { actions, blocked, start: context.start }
}

/** Modules that an experiment lists and that are not the user's own. */
export function foreignModules(experiment: DataMap, context: ActionsContext): string[] {
  const { plugins } = experiment
  return allAccesses({ plugins: plugins ?? [] }, context.registry)
    .accesses.filter((access) => !isOwn(access, context))
    .map(({ value }) => value)
}

/** What is declared anywhere in an experiment, and where it names plugins that nobody here knows. */
interface Declared {
  readonly accesses: readonly Access[]
  readonly unknown: readonly (readonly string[])[]
}

function allAccesses(experiment: DataMap, registry: Registry): Declared {
  const { accesses, references } = findAccesses(jsonSchema(experimentSchema), experiment)
  const inside = references.map((each) => ofReference(each, registry, 0))
  return joined([{ accesses, unknown: [] }, ...inside])
}

function ofReference(
  { kind, value, path }: FoundReference,
  registry: Registry,
  depth: number,
): Declared {
  const { name, ...given } = typeof value === 'string' ? { name: value } : (value as DataMap)
  // Where a number may stand for a reference: a constant learning rate.
  if (typeof value === 'number') return { accesses: [], unknown: [] }
  if (typeof name !== 'string' || depth > DEEPEST || !registry.has(kind as PluginKind, name)) {
    return { accesses: [], unknown: [path] }
  }
  const { plugin } = registry.get(kind as PluginKind, name)
  // Options that are refused later are looked at as they are.
  const checked = plugin.options.safeParse(given)
  const found = findAccesses(jsonSchema(plugin.options), checked.success ? checked.data : given)
  const below = <T extends { readonly path: readonly string[] }>(each: T) => ({
    ...each,
    path: [...path, ...each.path],
  })
  const inside = found.references.map((each) => ofReference(below(each), registry, depth + 1))
  return joined([{ accesses: found.accesses.map(below), unknown: [] }, ...inside])
}

function joined(all: readonly Declared[]): Declared {
  return {
    accesses: all.flatMap(({ accesses }) => accesses),
    unknown: all.flatMap(({ unknown }) => unknown),
  }
}

/**
 * Where relative paths of an experiment start that is not trusted: in its own folder, or where the user is. What it says of another folder would
 * lead the user's own paths astray, too.
 *
 * @param said the folder of the experiment.
 * @param given the user's, where a file has none.
 */
export function startOf(origin: Origin, own: DataMap, said: string, given: string): string {
  const { inside } = origin
  if (own.folder !== undefined || (inside !== undefined && isWithin(inside, said))) return said
  return inside === undefined ? resolve(given) : process.cwd()
}

/** Code that is named by a relative path or as a package is the user's where it is looked up from a place of the user's. */
function isOwn({ kind, value, path }: Access, { own, start, origin }: ActionsContext): boolean {
  if (kind !== 'run') return at(own, path) === value
  const { inside } = origin
  const isForeign = inside !== undefined && isWithin(inside, start) && own.folder === undefined
  const listed = Array.isArray(own.plugins) || isDataMap(own.plugins)
  if (!listed || (isForeign && !isAbsolute(value))) return false
  return Object.values(own.plugins as object).includes(value)
}

function at(data: Data | undefined, path: readonly string[]): Data | undefined {
  return path.reduce<Data | undefined>((inside, key) => {
    if (Array.isArray(inside)) return inside[Number(key)]
    return isDataMap(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined
  }, data)
}

/** Paths that mean something else to somebody: a home folder, an address, another machine. */
const ODD = /^~|^[a-z][a-z\d+.-]*:|[\\\0]/i

async function isHarmless(
  { kind, base, value, isDefault }: Access,
  { start, origin }: ActionsContext,
): Promise<boolean> {
  if (kind === 'run' || kind === 'call' || ODD.test(value)) return false
  if (base === 'working') return isDefault
  // Links of a run folder are asked for by themselves.
  if (base === 'run') return isWithin('/run', resolve('/run', value))
  return origin.inside !== undefined && (await isInside(origin.inside, resolve(start, value)))
}

function placeOf({ kind, base, value }: Access, folder: string): string {
  if (kind === 'run' || kind === 'call' || ODD.test(value)) return value
  // A run folder may not be there yet.
  if (base === 'run') return value
  return base === 'working' ? resolve(value) : resolve(folder, value)
}

/** Whether a path lies in a folder and leads nowhere else by a link. What lies elsewhere is not even looked for. */
async function isInside(folder: string, path: string): Promise<boolean> {
  if (!isWithin(folder, path)) return false
  const real = await realpath(folder).catch(() => undefined)
  return real !== undefined && isWithin(real, await realPlace(path))
}

/** The real path of what is there of it. */
async function realPlace(path: string): Promise<string> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    // A circle of links, or a folder that cannot be looked into: nobody knows where it leads.
    return sep
  })
  if (real !== undefined) return real
  const parent = dirname(path)
  return parent === path ? path : join(await realPlace(parent), path.slice(parent.length))
}

/** Whether a path lies in a folder, or is it, by their names. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
