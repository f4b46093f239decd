import type { FileHandle } from 'node:fs/promises'
import { openToAppend } from '@ashlar/core/files'
import { DataError } from '@ashlar/errors'
import { readText } from '@ashlar/experiment'
import type { Data } from '@ashlar/plugins'
import { z } from 'zod'
import { type Parameter, type Point, placeOf } from '../space/parameter.ts'
import { type TaskResult, taskResultSchema, trialIdSchema } from '../trials/task.ts'
import { newTrial, type Trial, takeResult } from '../trials/trial.ts'

/** A line of the log: a trial that was suggested, or what came of a piece of work. */
const lineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('trial'),
    id: trialIdSchema,
    index: z.int().nonnegative(),
    params: z.record(z.string(), z.any()),
    epochs: z.int().positive(),
  }),
  z.object({ kind: z.literal('result'), result: taskResultSchema }),
])

/** What a sweep has done, one JSON object a line; what was cut off by a crash does not count. */
export class TrialLog {
  readonly #path: string
  readonly #file: FileHandle

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Opens the log for writing. A line that was cut off stays, and the next begins behind it. A link is not followed. */
  static async open(path: string): Promise<TrialLog> {
    const file = await openToAppend(path).catch((error: unknown) => {
      throw unwritable(path, error)
    })
    const log = new TrialLog(path, file)
    await log.#add('\n')
    return log
  }

  addTrial({ id, index, params, epochs }: Trial): Promise<void> {
    return this.#add(`${JSON.stringify({ kind: 'trial', id, index, params, epochs })}\n`)
  }

  addResult(result: TaskResult): Promise<void> {
    return this.#add(`${JSON.stringify({ kind: 'result', result })}\n`)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #add(text: string): Promise<void> {
    try {
      await this.#file.appendFile(text)
    } catch (error) {
      throw unwritable(this.#path, error)
    }
  }
}

function unwritable(path: string, cause: unknown): DataError {
  return new DataError({
    where: path,
    expected: 'the log of the sweep must be writable, a plain file',
    given: (cause as Error).message,
    hint: 'Make room, then go on: ashlar sweep --resume DIR.',
    cause,
  })
}

/**
 * The trials of a sweep, as its log tells. A trial stands once, however often its line does; a result of something unknown is passed over.
 *
 * @param metric that results are worth something by.
 * @param parameters of the sweep's space.
 * @throws DataError for a trial of other values than the space has: they become overrides, and could say anything.
 */
export async function readTrials(
  path: string,
  metric: string,
  parameters: readonly Parameter[],
): Promise<Map<string, Trial>> {
  const text = await readText(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const trials = new Map<string, Trial>()
  for (const line of text.split('\n')) {
    const entry = parse(line)
    if (entry?.kind === 'trial' && !trials.has(entry.id)) {
      requirePoint(entry.params as Point, parameters, path)
      trials.set(entry.id, newTrial({ ...entry, params: entry.params as Point }))
    }
    if (entry?.kind !== 'result') continue
    const trial = trials.get(entry.result.id)
    if (trial !== undefined) takeResult(trial, entry.result, metric)
  }
  return trials
}

function requirePoint(params: Point, parameters: readonly Parameter[], path: string): void {
  const keys = Object.keys(params)
  const isOf = (each: Parameter) => placeOf(each, own(params, each.key)) !== undefined
  if (keys.length === parameters.length && parameters.every(isOf)) return
  throw new DataError({
    where: path,
    expected: 'each trial must have values that the sweep varies, and no others',
    given: JSON.stringify(params),
    hint: `It varies ${parameters.map(({ key }) => key).join(', ') || 'nothing'}.`,
  })
}

function own(params: Point, key: string): Data | undefined {
  return Object.hasOwn(params, key) ? params[key] : undefined
}

function parse(line: string): z.infer<typeof lineSchema> | undefined {
  if (line === '') return undefined
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    // Cut off by a crash: what it said is found out again.
    return undefined
  }
}
