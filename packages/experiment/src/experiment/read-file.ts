import { extname } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { isDataMap } from '@ashlar/plugins'
import { importModule, moduleExtensions, unreadable } from '../config/import-module.ts'
import { emptyValue } from '../config/override-value.ts'
import { parseYaml } from '../config/yaml.ts'
import { readText } from '../runs/read-text.ts'

const READERS: Readonly<
  Record<string, (path: string, under: readonly string[]) => Promise<unknown>>
> = {
  '.yaml': readData,
  '.yml': readData,
  '.json': readData,
  ...Object.fromEntries(moduleExtensions.map((end) => [end, readModule])),
}

/** The usual endings of experiment files: YAML, JSON, TypeScript and JavaScript. A file of any other name is YAML or JSON. */
export const experimentExtensions: readonly string[] = Object.keys(READERS)

/**
 * Which of the usual endings a file's name has. Those of YAML and JSON may be in large letters; modules of such a name cannot be
 * imported.
 */
export function endingOf(path: string): string | undefined {
  const ending = extname(path)
  const data = /^\.(ya?ml|json)$/i.test(ending) ? ending.toLowerCase() : ending
  return experimentExtensions.includes(data) ? data : undefined
}

/** Which of the usual endings a file has: of several files that fit, the first wins; -1 for any other name. */
export function rankOfEnding(path: string): number {
  return experimentExtensions.indexOf(endingOf(path) ?? '')
}

/** Whether reading an experiment file runs its code. */
export function isModule(path: string): boolean {
  return READERS[extname(path)] === readModule
}

/**
 * What an experiment file says, unchecked.
 *
 * @param under the keys that its contents are put below, if it is a part of an experiment.
 */
export async function readExperimentFile(
  path: string,
  under: readonly string[] = [],
): Promise<unknown> {
  const read = READERS[extname(path)]
  if (read !== undefined) return read(path, under)
  const content = await readData(path, under)
  if (isDataMap(content)) return content
  throw new ConfigError({
    where: path,
    expected: 'the file must be an experiment in YAML or JSON, a mapping of keys',
    given: content,
    hint: `TypeScript and JavaScript are told by their names: ${moduleExtensions.join(', ')}.`,
  })
}

async function readData(path: string, under: readonly string[]): Promise<unknown> {
  const text = await readText(path).catch((error: unknown) => {
    throw unreadable(path, error, rankOfEnding)
  })
  return parseYaml(text, path, { empty: (inside) => emptyValue([...under, ...inside]) })
}

async function readModule(path: string): Promise<unknown> {
  const { experiment, default: byDefault } = await importModule(path, rankOfEnding)
  const found = experiment ?? byDefault
  if (found !== undefined) return found
  throw new ConfigError({
    where: path,
    expected: 'the module must export the experiment: `export const experiment = { ... }`',
  })
}
