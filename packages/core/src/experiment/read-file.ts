import { extname } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { importModule, unreadable } from '../config/import-module.ts'
import { parseYaml } from '../config/yaml.ts'
import { readText } from '../runs/read-text.ts'

const READERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  '.yaml': readData,
  '.yml': readData,
  '.json': readData,
  '.ts': readModule,
  '.mts': readModule,
  '.js': readModule,
  '.mjs': readModule,
}

/** The endings of experiment files: YAML, JSON, TypeScript and JavaScript. */
export const experimentExtensions: readonly string[] = Object.keys(READERS)

/** Whether reading an experiment file runs its code. */
export function isModule(path: string): boolean {
  return READERS[extname(path)] === readModule
}

/** What an experiment file says, unchecked. */
export async function readExperimentFile(path: string): Promise<unknown> {
  const read = READERS[extname(path)]
  if (read === undefined) {
    throw new ConfigError({
      where: path,
      expected: `the name of an experiment file must end in one of ${experimentExtensions.join(', ')}`,
      given: extname(path),
    })
  }
  return read(path)
}

async function readData(path: string): Promise<unknown> {
  const text = await readText(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  return parseYaml(text, path)
}

async function readModule(path: string): Promise<unknown> {
  const { experiment, default: byDefault } = await importModule(path)
  const found = experiment ?? byDefault
  if (found !== undefined) return found
  throw new ConfigError({
    where: path,
    expected: 'the module must export the experiment: `export const experiment = { ... }`',
  })
}
