import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, DataError } from '@ashlar/errors'
import { readText } from '@ashlar/experiment/runs'
import { z } from 'zod'
import {
  type TaskResult,
  type TrialTask,
  taskResultSchema,
  trialTaskSchema,
} from '../trials/task.ts'
import { WORK } from './attempt.ts'

// What an engine of a cluster is given: many tasks at once, of which each of its processes does one, by its index. The file is called by the digest of what is in it, so that
// whoever is told the name does what was meant and nothing else.

const batchSchema = z.object({
  ashlar: z.literal('batch'),
  /** Makes a batch another one than the last, though it has the same tasks. */
  nonce: z.string(),
  tasks: z.array(trialTaskSchema).min(1),
})

/** Tasks that were written down together. */
export interface Batch {
  /** SHA-256 of its file, in hexadecimal. */
  readonly digest: string
  /** By index. */
  readonly tasks: readonly TrialTask[]
}

/** Folder of all batches of a sweep, relative to the sweep's. It goes when the sweep is over. */
export const BATCHES: string = join(WORK, 'batches')

/** A digest as it stands in names of files: nothing that leads elsewhere. */
const DIGEST = /^[0-9a-f]{64}$/

/** Writes tasks down for processes that are told an index. @param folder of the sweep. */
export async function writeBatch(folder: string, tasks: readonly TrialTask[]): Promise<Batch> {
  const text = JSON.stringify({ ashlar: 'batch', nonce: randomUUID(), tasks })
  const digest = createHash('sha256').update(text).digest('hex')
  await mkdir(join(folder, BATCHES, digest), { recursive: true })
  await writeFileSafely(join(folder, BATCHES, `${digest}.json`), text)
  return { digest, tasks }
}

/**
 * The tasks of a batch.
 *
 * @param folder of the sweep.
 * @throws ConfigError for a digest that is none; DataError where there is no such batch, or it is not what its digest says.
 */
export async function readBatch(folder: string, digest: string): Promise<Batch> {
  requireDigest(digest)
  const path = join(folder, BATCHES, `${digest}.json`)
  const text = await readText(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError({
      where: path,
      expected: 'must be a batch of trials',
      given: cause.message,
      hint: "It goes with the end of its sweep; is the sweep's folder the same on this machine?",
      cause,
    })
  })
  if (createHash('sha256').update(text).digest('hex') !== digest) {
    throw new DataError({
      where: path,
      expected: 'must be what its name says, a digest',
      hint: 'It was changed, or cut off. Go on with the sweep: ashlar sweep --resume DIR.',
    })
  }
  return { digest, tasks: batchSchema.parse(JSON.parse(text)).tasks }
}

/** The task of an index. @throws ConfigError for an index that there is none of. */
export function taskAt({ tasks }: Batch, index: number): TrialTask {
  const task = tasks[index]
  if (task !== undefined) return task
  throw new ConfigError({
    where: '--index',
    expected: `must be from 0 to ${tasks.length - 1}, as the batch has ${tasks.length} trials`,
    given: index,
  })
}

/** Says what came of a task, for whoever waits for it. */
export async function writeAnswer(
  folder: string,
  { digest }: Batch,
  index: number,
  result: TaskResult,
): Promise<void> {
  await writeFileSafely(answerFile(folder, digest, index), JSON.stringify(result))
}

/** Takes an answer back: somebody begins anew. */
export async function dropAnswer(folder: string, { digest }: Batch, index: number): Promise<void> {
  await rm(answerFile(folder, digest, index), { force: true })
}

/** What came of a task; undefined as long as nobody has said so. An answer to something else is none. */
export async function readAnswer(
  folder: string,
  batch: Batch,
  index: number,
): Promise<TaskResult | undefined> {
  try {
    const text = await readText(answerFile(folder, batch.digest, index))
    const result = taskResultSchema.parse(JSON.parse(text))
    const { id, until } = taskAt(batch, index)
    return result.id === id && result.until === until ? result : undefined
  } catch {
    return undefined
  }
}

/** Where a process may print to, absolute: the last lines are told when it dies. */
export function printedFile(folder: string, digest: string, index: number | string): string {
  return join(folder, BATCHES, digest, `${index}.txt`)
}

function answerFile(folder: string, digest: string, index: number): string {
  return join(folder, BATCHES, digest, `${index}.json`)
}

function requireDigest(digest: string): void {
  if (DIGEST.test(digest)) return
  throw new ConfigError({
    where: '--batch',
    expected: 'must be the digest that a batch is called by: 64 hexadecimal digits',
    given: digest,
  })
}
