import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import type { ModelConfig } from './config.ts'
import { parseConfig } from './config-text.ts'
import { readModel } from './read-model.ts'

/** A version of a model on disk. */
export interface VersionFile {
  readonly version: string
  /** Absolute. */
  readonly file: string
  /** Changes with the file. */
  readonly fingerprint: string
}

/** A model on disk. */
export interface ModelFiles {
  readonly name: string
  readonly config: ModelConfig
  /** Those that the version policy asks for, oldest first. */
  readonly versions: readonly VersionFile[]
  /** Of outputs that have some, by name. */
  readonly labels: ReadonlyMap<string, readonly string[]>
}

/** Where models come from. */
export interface Repository {
  /** Names of all models that there are now, also of those that cannot be used. */
  list(): Promise<readonly string[]>
  /**
   * The files of a model as they are now; `undefined` when there is none of that name.
   *
   * @throws ConfigError or DataError when it cannot be used.
   */
  read(name: string): Promise<ModelFiles | undefined>
}

/** What a model may be called: safe in a path and in an address. */
export const MODEL_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

const VERSION = /^[1-9]\d{0,17}$/
const CONFIG = 'config.pbtxt'

/**
 * Models at a path: a model.onnx, the folder of one model in Triton's layout, or a folder of such folders.
 *
 * @param name of a single model; default: that of its configuration, file or folder.
 * @throws ConfigError when there is nothing of the kind, or the name cannot be used.
 */
export async function openRepository(path: string, name?: string): Promise<Repository> {
  const absolute = resolve(path)
  const found = await stat(absolute).catch(() => undefined)
  if (name !== undefined) checkName(name)
  if (found?.isFile())
    return single(name ?? (await modelNameOf(absolute)), (own) => readFileModel(own, absolute))
  if (found?.isDirectory()) {
    if (await isModelFolder(absolute)) {
      return single(name ?? basename(absolute), (own) => readModelFolder(own, absolute))
    }
    const folders = await modelFolders(absolute)
    if (folders.length > 0) {
      if (name !== undefined) {
        throw new ConfigError({
          where: path,
          expected: 'a folder of several models has their names: leave the name out',
          given: name,
        })
      }
      return {
        list: () => modelFolders(absolute),
        read: async (own) => {
          if (!(await modelFolders(absolute)).includes(own)) return undefined
          checkName(own)
          return readModelFolder(own, join(absolute, own))
        },
      }
    }
  }
  throw new ConfigError({
    where: path,
    expected: "must be an ONNX file, or a folder in Triton's layout: MODEL/1/model.onnx",
    hint: found === undefined ? 'There is nothing at this path.' : undefined,
  })
}

function checkName(name: string): void {
  if (MODEL_NAME.test(name)) return
  throw new ConfigError({
    where: 'model name',
    expected: 'must be letters, digits, dots, dashes and underscores, at most 128',
    given: name,
  })
}

function single(name: string, read: (name: string) => Promise<ModelFiles>): Repository {
  return {
    list: async () => [name],
    read: async (asked) => (asked === name ? read(name) : undefined),
  }
}

/** What a file's model is called unless somebody says: the name of the experiment that it came from, else that of the file. */
export async function modelNameOf(file: string): Promise<string> {
  const name = (await experimentName(file)) ?? basename(file, extname(file))
  const safe = name.replace(/[^\w.-]/g, '-')
  return MODEL_NAME.test(safe) ? safe : 'model'
}

async function experimentName(file: string): Promise<string | undefined> {
  try {
    const experiment = (await readModel(file)).metadata.get('ashlar.experiment')
    const { name } = JSON.parse(experiment ?? '{}') as { name?: unknown }
    return typeof name === 'string' ? name : undefined
  } catch {
    // Whatever is wrong with the file is told when the model is loaded.
    return undefined
  }
}

async function readFileModel(name: string, file: string): Promise<ModelFiles> {
  return {
    name,
    config: {},
    versions: [{ version: '1', file, fingerprint: await fingerprintOf(file) }],
    labels: new Map(),
  }
}

async function readModelFolder(name: string, folder: string): Promise<ModelFiles> {
  const text = await readIfThere(join(folder, CONFIG))
  const config = text === undefined ? {} : parseConfig(`${name}/${CONFIG}`, text)
  if (config.name && config.name !== name) {
    throw new ConfigError({
      where: `${name}/${CONFIG}: name`,
      expected: 'must be the name of its folder, or left out',
      given: config.name,
    })
  }
  const versions = await versionFiles(folder, config)
  if (versions.length === 0) {
    throw new DataError({
      where: `model ${JSON.stringify(name)}`,
      expected: `must have a version that its policy asks for, such as ${name}/1/model.onnx`,
    })
  }
  return { name, config, versions, labels: await readLabels(folder, config) }
}

/** The versions in a model's folder that its configuration asks for, oldest first. */
export async function versionFiles(folder: string, config: ModelConfig): Promise<VersionFile[]> {
  return choose(await versionsIn(folder, config.default_model_filename ?? 'model.onnx'), config)
}

async function versionsIn(folder: string, filename: string): Promise<VersionFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && VERSION.test(entry.name))
      .map(async ({ name: version }) => {
        const file = join(folder, version, filename)
        const isThere = (await stat(file).catch(() => undefined))?.isFile()
        return isThere ? [{ version, file, fingerprint: await fingerprintOf(file) }] : []
      }),
  )
  return found.flat().sort((a, b) => Number(a.version) - Number(b.version))
}

function choose(
  all: readonly VersionFile[],
  { version_policy: policy }: ModelConfig,
): VersionFile[] {
  if (policy !== undefined && 'all' in policy) return [...all]
  if (policy !== undefined && 'specific' in policy) {
    const wanted = policy.specific.versions.map(String)
    return all.filter(({ version }) => wanted.includes(version))
  }
  return all.slice(-(policy?.latest.num_versions ?? 1))
}

async function readLabels(
  folder: string,
  { output = [] }: ModelConfig,
): Promise<Map<string, readonly string[]>> {
  const labels = new Map<string, readonly string[]>()
  for (const { name, label_filename: file } of output) {
    if (file === undefined) continue
    if (basename(file) !== file || file.startsWith('.')) {
      throw new ConfigError({
        where: `output ${JSON.stringify(name)}: label_filename`,
        expected: "must be a file in the model's folder",
        given: file,
      })
    }
    const text = await readIfThere(join(folder, file))
    if (text === undefined) {
      throw new DataError({
        where: `output ${JSON.stringify(name)}: label_filename`,
        expected: 'must be there',
        given: file,
      })
    }
    labels.set(name, text.replace(/\r?\n$/, '').split(/\r?\n/))
  }
  return labels
}

/** Folders that are a model, or were to be one: with a configuration or a version. Hidden ones belong to others. */
async function modelFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
  const are = await Promise.all(names.map((name) => looksLikeModel(join(folder, name))))
  return names.filter((_, index) => are[index]).sort()
}

async function looksLikeModel(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.some(
    (entry) =>
      (entry.isFile() && entry.name === CONFIG) ||
      (entry.isDirectory() && VERSION.test(entry.name)),
  )
}

async function isModelFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true })
  if (entries.some((entry) => entry.isFile() && entry.name === CONFIG)) return true
  return (await versionsIn(folder, 'model.onnx')).length > 0
}

async function fingerprintOf(file: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(file)
  return `${size}-${mtimeMs}-${ino}`
}

/** Bytes of a configuration or of labels: more is another file. */
const MAX_TEXT = 2 ** 24

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file)
    if (size <= MAX_TEXT) return await readFile(file, 'utf8')
    throw new DataError({
      where: basename(file),
      expected: `must have at most ${MAX_TEXT} bytes`,
      given: size,
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
