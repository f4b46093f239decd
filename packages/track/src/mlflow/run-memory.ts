import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeFileSafely } from '@ashlar/core/files'
import { DataError } from '@ashlar/errors'
import { z } from 'zod'
import type { MlflowMetric } from './client.ts'

/** What has to be known to log to the same run of MLflow again, from another process. */
export interface MlflowMemory {
  /**
   * Value of a tag that the run has. It is made up before the run is, so that a process that is killed between leaves no run behind that
   * nobody finds.
   */
  readonly token: string
  /** Id of the run, for people. */
  readonly run?: string | undefined
  /** What the server could not be sent. */
  readonly waiting: readonly MlflowMetric[]
}

const schema: z.ZodType<MlflowMemory> = z.object({
  token: z.string().regex(/^[\w-]+$/),
  run: z.string().optional(),
  waiting: z.array(
    z.object({
      key: z.string(),
      value: z.union([z.number(), z.string()]),
      timestamp: z.number(),
      step: z.int(),
    }),
  ),
})

/** What is known of a run that nobody has logged yet. */
export function newMemory(): MlflowMemory {
  return { token: randomUUID(), waiting: [] }
}

/**
 * Reads what was remembered; undefined where nothing was.
 *
 * @throws DataError for a file that is damaged.
 */
export async function readMemory(path: string): Promise<MlflowMemory | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw unreadable(path, error)
  })
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Remembers for the next process. */
export async function writeMemory(path: string, memory: MlflowMemory): Promise<void> {
  await writeFileSafely(path, `${JSON.stringify(memory, null, 2)}\n`)
}

function unreadable(path: string, cause: unknown): DataError {
  return new DataError({
    where: path,
    expected: 'must hold what is known of the run in MLflow, as JSON',
    given: (cause as Error).message,
    hint: 'Without this file, training is logged to a new run there.',
    cause,
  })
}
