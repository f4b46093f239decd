import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { RequestError } from '../protocol/errors.ts'
import { parseJson } from '../protocol/json.ts'
import { checkConfig, type ModelConfig } from './config.ts'
import { type ModelFiles, versionFiles } from './repository.ts'

/** A configuration, and perhaps files, that a client sends instead of those in the repository. */
export interface LoadOverride {
  readonly config: ModelConfig
  /** By path below the model's folder, such as `1/model.onnx`. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** A version and a file in it; nothing that leads elsewhere. */
const FILE = /^[1-9]\d{0,17}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * Reads the parameters of a load: `config`, and `file:1/model.onnx` with the file in base64.
 *
 * @returns `undefined` when there are none.
 * @throws RequestError when they are not what they should be.
 */
export function readOverride(
  parameters: Readonly<Record<string, unknown>>,
): LoadOverride | undefined {
  const files = new Map<string, Uint8Array>()
  let config: ModelConfig | undefined
  for (const [name, value] of Object.entries(parameters)) {
    if (name === 'config') config = readConfig(value)
    else if (name.startsWith('file:')) files.set(...readFile(name.slice('file:'.length), value))
    else throw refuse(name, 'must be config or file:VERSION/NAME')
  }
  if (config !== undefined) return { config, files }
  if (files.size === 0) return undefined
  throw refuse('config', 'must be given when files are')
}

/**
 * Runs something on the files of an override, which lie on disk meanwhile.
 *
 * @throws RequestError when none of them is a model.
 */
export async function withOverride<Result>(
  name: string,
  { config, files }: LoadOverride,
  labels: ModelFiles['labels'],
  work: (files: ModelFiles) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-load-'))
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), bytes)
    }
    const versions = await versionFiles(folder, config)
    if (versions.length === 0) throw refuse('file', 'must be a model, such as 1/model.onnx')
    return await work({ name, config, versions, labels })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readConfig(value: unknown): ModelConfig {
  if (typeof value !== 'string') throw refuse('config', 'must be a configuration as JSON text')
  const json = parseJson('parameter config', Buffer.from(value), { maxDepth: 20 })
  try {
    return checkConfig('parameter config', json)
  } catch (error) {
    throw refuse('config', (error as Error).message)
  }
}

function readFile(path: string, value: unknown): [string, Uint8Array] {
  if (!FILE.test(path)) throw refuse('file', 'must be named as VERSION/NAME: file:1/model.onnx')
  // tritonclient puts a line of base64 there, as JSON has no bytes.
  if (typeof value !== 'string' || !BASE64.test(value)) {
    throw refuse(`file:${path}`, 'must be the file in base64')
  }
  return [path, Buffer.from(value, 'base64')]
}

function refuse(name: string, expected: string): RequestError {
  return new RequestError('INVALID_ARGUMENT', { where: `parameter ${name.slice(0, 80)}`, expected })
}
