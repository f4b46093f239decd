import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import {
  type Action,
  makeRun,
  originOfSweep,
  type RunFolder,
  readText,
  requireTrust,
  writeSweepFile,
} from '@ashlar/experiment'
import { SWEEP } from '@ashlar/experiment/runs'
import { type Reference, withoutCredentials } from '@ashlar/plugins'
import { z } from 'zod'

/** What a sweep is to do, as `sweep.json` in its folder holds it. */
export interface SweepRequest {
  /** Of the experiment. */
  readonly name: string
  /** The experiment as it was named, absolute where it is a path. */
  readonly target: string
  /** What is varied, and overrides of every trial: `optimizer.learningRate=1e-4..1e-2:log`, `epochs=9`. */
  readonly args: readonly string[]
  /** What makes a trial good: a metric of an epoch, or one of the test split as `test_accuracy`. */
  readonly metric: string
  /** At most so many trials; of a grid, all by default. */
  readonly trials: number | undefined
  readonly constraints: readonly string[]
  /** Of suggestions. */
  readonly seed: number
  readonly suggester: Reference
  readonly scheduler: Reference
  readonly launcher: Reference
  /** No more trials after so many minutes, and those under way are stopped. */
  readonly minutes: number | undefined
  /** No more trials after so many results that are no better than the best. */
  readonly patience: number | undefined
  /** Times that a piece of work may be begun. */
  readonly attempts: number
  /** Threads of each trial, if the user said so. */
  readonly threads: number | undefined
  /** Trials at once, if the user said so. */
  readonly parallel: number | undefined
  /** Digest of the experiment without what is varied: what goes on must be what began. */
  readonly base: string
  /** ISO 8601. */
  readonly began: string
}

const reference = z.looseObject({ name: z.string() })

const schema = z.looseObject({
  ashlar: z.literal('sweep'),
  name: z.string(),
  target: z.string(),
  args: z.array(z.string()),
  metric: z.string(),
  trials: z.int().positive().optional(),
  constraints: z.array(z.string()),
  seed: z.int(),
  suggester: reference,
  scheduler: reference,
  launcher: reference,
  minutes: z.number().positive().optional(),
  patience: z.int().positive().optional(),
  attempts: z.int().positive(),
  threads: z.int().positive().optional(),
  parallel: z.int().positive().optional(),
  base: z.string(),
  began: z.string(),
})

/** Writes what a sweep is to do, sealed as made here; without passwords that are part of addresses. */
export async function writeRequest(folder: RunFolder, request: SweepRequest): Promise<void> {
  const launcher = Object.fromEntries(
    Object.entries(request.launcher).map(([key, value]) => [
      key,
      typeof value === 'string' && value.includes('://') ? withoutCredentials(value) : value,
    ]),
  )
  await writeSweepFile(folder, { ashlar: 'sweep', version: 1, ...request, launcher })
}

/**
 * What a sweep is to do, by its folder.
 *
 * @throws DataError when it is no folder of a sweep.
 */
export async function readRequest(folder: RunFolder): Promise<SweepRequest> {
  try {
    const {
      ashlar: _,
      version: __,
      madeHere: ___,
      ...request
    } = schema.parse(JSON.parse(await readText(folder.file(SWEEP))))
    return request as unknown as SweepRequest
  } catch (error) {
    throw noSweep(folder.path, error as Error)
  }
}

/**
 * The folder of a sweep that is to go on. Nothing is made where there is none.
 *
 * @throws DataError when it is no folder of a sweep.
 */
export async function openSweep(path: string): Promise<RunFolder> {
  const found = await stat(join(path, SWEEP)).catch((error: Error) => error)
  if (found instanceof Error) throw noSweep(path, found)
  if (!found.isFile()) throw noSweep(path, new Error(`${SWEEP} is no file`))
  return makeRun(path)
}

function noSweep(path: string, cause: Error): DataError {
  return new DataError({
    where: path,
    expected: `must be the folder of a sweep, with a ${SWEEP} in it`,
    hint: cause.message.split('\n')[0],
    cause,
  })
}

/**
 * The gate before a sweep goes on: what its folder says is the user's own if it was made here. Nothing of it is loaded before.
 *
 * @throws ConfigError for one that was not made here and is not trusted, with all that it would do.
 */
export async function requireOwnSweep(
  folder: RunFolder,
  request: SweepRequest,
  trust: boolean = false,
): Promise<void> {
  const origin = await originOfSweep(folder, trust)
  if (origin !== undefined) requireTrust(origin, [...origin.asks, ...actionsOf(request)])
}

/** What going on would do. An experiment may say anything, and so may what is set in it. */
function actionsOf({ target, args, ...request }: SweepRequest): Action[] {
  const kinds = ['suggester', 'scheduler', 'launcher'] as const
  return [
    { does: 'run', what: target, key: 'target' },
    ...args.map((arg): Action => ({ does: 'run', what: arg, key: 'args' })),
    ...kinds.flatMap((kind) => actionsOfReference(request[kind], kind)),
  ]
}

function actionsOfReference({ name, ...options }: Reference, key: string): Action[] {
  const addresses = Object.entries(options).filter(
    ([, value]) => typeof value === 'string' && /^[a-z][a-z\d+.-]*:/i.test(value),
  )
  return [
    { does: 'run', what: name, key },
    ...addresses.map(
      ([option, value]): Action => ({ does: 'call', what: `${value}`, key: `${key}.${option}` }),
    ),
  ]
}
