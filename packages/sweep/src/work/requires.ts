import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { loadSamples } from '@ashlar/core'
import { AshlarError } from '@ashlar/errors'
import { buildExperiment, locateModule, type ResolvedExperiment } from '@ashlar/experiment'
import type { Requirements } from '../trials/task.ts'

/** Something that a machine has not got. */
export class LacksError extends Error {}

/**
 * The digest of a plugin's code: its module and the files that this imports by relative paths. Of a package, of the module that it exports, and so on.
 *
 * @param name as the experiment lists it.
 * @param folder of the experiment.
 * @throws ConfigError, or an error of the file system, where it is not there.
 */
export async function codeDigest(name: string, folder: string): Promise<string> {
  const seen = new Map<string, string>()
  await addModule(locateModule(name, folder), seen)
  const contents = [...seen.values()].sort()
  return `sha256:${createHash('sha256').update(contents.join('\n')).digest('hex')}`
}

const RELATIVE = /(?:\bfrom|\bimport|\bimport\()\s*['"](\.{1,2}\/[^'"]+)['"]/g

async function addModule(path: string, seen: Map<string, string>): Promise<void> {
  if (seen.has(path)) return
  const text = await readFile(path)
  seen.set(path, createHash('sha256').update(text).digest('hex'))
  for (const [, relative = ''] of text.toString('utf8').matchAll(RELATIVE)) {
    const found = await firstThere(resolve(dirname(path), relative))
    if (found !== undefined) await addModule(found, seen)
  }
}

/** A compiled module says .js where its source is .ts. */
async function firstThere(path: string): Promise<string | undefined> {
  for (const each of [path, path.replace(/\.js$/, '.ts'), `${path}.ts`, join(path, 'index.ts')]) {
    const isThere = await readFile(each).then(
      () => true,
      () => false,
    )
    if (isThere) return each
  }
  return undefined
}

/** What other machines must have to train an experiment. Reads its data. */
export async function requirementsOf(resolved: ResolvedExperiment): Promise<Requirements> {
  return { plugins: await codeDigests(resolved), data: await dataDigest(resolved) }
}

async function codeDigests({
  experiment,
}: ResolvedExperiment): Promise<Readonly<Record<string, string>>> {
  const { plugins, folder } = experiment
  const entries = plugins.map(async (name) => [name, await codeDigest(name, folder)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

async function dataDigest(resolved: ResolvedExperiment): Promise<string> {
  const parts = await buildExperiment(resolved)
  try {
    return (await loadSamples(parts.dataset)).digest
  } finally {
    await parts.dispose()
  }
}

/**
 * Holds the plugins' code that is here against what a task asks for, before any of it is loaded.
 *
 * @throws LacksError that says what is missing, or another.
 */
export async function requireCode({ plugins }: Requirements, folder: string): Promise<void> {
  for (const [name, wanted] of Object.entries(plugins)) {
    const digest = await codeDigest(name, folder).catch((error: unknown) => {
      const why = error instanceof AshlarError ? error.message : `it is not in ${folder}`
      throw new LacksError(`the plugin ${name} is not here (${why})`)
    })
    if (digest === wanted) continue
    throw new LacksError(`the plugin ${name} is another one here: ${digest}, and not ${wanted}`)
  }
}

/** @throws LacksError for other data than the task asks for. */
export function requireData({ data }: Requirements, digest: string, dataset: string): void {
  if (data === undefined || data === digest) return
  throw new LacksError(`the data of ${dataset} is other data here: ${digest}, and not ${data}`)
}
