import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { loadSamples } from '@ashlar/core'
import { AshlarError } from '@ashlar/errors'
import { buildExperiment, locateModule, type ResolvedExperiment } from '@ashlar/experiment'
import type { DataMap } from '@ashlar/plugins'
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

/** A package by its name, or a module of one. What is a path or an address is none. */
const PACKAGE = /^(?:@[\w-][\w.-]*\/)?[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/

/**
 * Refuses code of a task from a queue that whoever runs the worker has not put there: modules without a digest, and those that are neither packages nor
 * in the worker's own folder. The folder that a task names is no such one: whoever can write to the queue says it.
 *
 * @param home the worker's folder.
 * @throws LacksError that says which.
 */
export async function requireOwnCode(
  { plugins = [] }: DataMap,
  requires: Requirements,
  home: string | undefined,
): Promise<void> {
  if (!Array.isArray(plugins)) throw new LacksError('the plugins of the task are no list')
  for (const name of plugins) {
    if (typeof name !== 'string' || !Object.hasOwn(requires.plugins, name)) {
      throw new LacksError(`the plugin ${name} has no digest in the task`)
    }
    if (home === undefined) {
      throw new LacksError(`the plugin ${name} is needed; --home DIR says where plugins lie here`)
    }
    if (PACKAGE.test(name) || (await isInside(home, name))) continue
    throw new LacksError(`the plugin ${name} lies elsewhere than in ${home}`)
  }
}

async function isInside(home: string, name: string): Promise<boolean> {
  if (!name.startsWith('./')) return false
  const path = resolve(home, name)
  if (!path.startsWith(resolve(home) + sep)) return false
  // One that is not there is told as such.
  const real = await realpath(path).catch(() => undefined)
  return real === undefined || real.startsWith((await realpath(home)) + sep)
}

/** @throws LacksError for other data than the task asks for. */
export function requireData({ data }: Requirements, digest: string, dataset: string): void {
  if (data === undefined || data === digest) return
  throw new LacksError(`the data of ${dataset} is other data here: ${digest}, and not ${data}`)
}
