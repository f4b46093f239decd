import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type FileLimits, type Samples, writeFileSafely } from '@ashlar/core'
import { ConfigError, ExportError } from '@ashlar/errors'
import { type InspectedModel, inspectFile } from '../inspect/inspect.ts'
import { type FileRunner, type OpenFile, openHere } from '../run/file-runner.ts'
import { guardedPlace } from '../run/guarded.ts'
import { runtime } from '../run/session.ts'
import type { NamedData } from '../tensors.ts'
import { numbersBeside } from './data-beside.ts'
import {
  type FedBatch,
  type FedFile,
  feedsByName,
  feedsOfSamples,
  fixedBatch,
  madeUpFeeds,
  portsOf,
} from './feeds.ts'
import { Judge, type Judgement } from './judge.ts'
import { decodeModel, encodeModel, type ModelProto, setMetadata } from './proto.ts'
import { openReducer, type Reducer } from './reducers.ts'
import type { LayerLoss, Reduction, ReductionReport } from './report.ts'
import { compareSpeed, type Speed } from './speed.ts'
import { describeDrop, describeLosses } from './words.ts'

/** The key under which a file says what it was reduced to. */
export const REDUCTION_KEY = 'ashlar.reduction'

/** Samples of a dataset, or what the file is fed with, run by run. */
export type ReduceSamples = Samples | readonly NamedData[]

/** How to reduce a file. */
export interface ReduceOptions {
  /** `fp16`, `int8` (static, by samples to calibrate with) or `dynamic` (int8 for matrix products, without samples). */
  readonly to: Reduction
  /** The file to write. Left out: the bytes are only returned. */
  readonly path?: string | undefined
  /** What the ranges of int8 are found on: samples of the training split. */
  readonly calibration?: ReduceSamples | undefined
  /** How many of them; default 256. */
  readonly calibrationCount?: number | undefined
  /** What the file is judged on: the test split. By default the samples of the calibration, else made-up numbers. */
  readonly samples?: ReduceSamples | undefined
  /** Points that may be lost, see {@link Judgement}; default 1. */
  readonly maxDrop?: number | undefined
  /** Leaves the layers that hurt most in float, as many as it takes; default false. */
  readonly keepSensitive?: boolean | undefined
  /** What each run of the files may take, with whichever batch. */
  readonly limits?: FileLimits | undefined
}

/** A file that was reduced. */
export interface Reduced {
  readonly bytes: Uint8Array
  readonly report: ReductionReport
}

const CALIBRATION = 256

/**
 * Makes a smaller file of an ONNX file of floats: in half precision, or in int8 as QuantizeLinear and DequantizeLinear, which every onnxruntime runs. It is held against the float file on
 * samples, and only written where it loses no more than it may.
 *
 * @throws ExportError when it loses more, with the layers that hurt most; nothing is written then.
 * @throws ConfigError for options that cannot be used, or a file that has nothing to reduce.
 * @throws DataError when the file cannot be read, or takes other inputs than samples have.
 * @example await reduceOnnx('model.onnx', { to: 'int8', path: 'model.int8.onnx', calibration: train, samples: test })
 */
export async function reduceOnnx(from: string, options: ReduceOptions): Promise<Reduced> {
  checkOptions(from, options)
  const inspected = await inspectFile(from)
  // It may come from anybody, and what it does with one batch says nothing of the next: all runs are made where they can be stopped.
  const place = guardedPlace(from, 2 * inspected.size, options.limits)
  try {
    return await reduceInspected(from, inspected, options, place.open)
  } finally {
    await place.end()
  }
}

async function reduceInspected(
  from: string,
  { bytes, external, size, inputs, metadata }: InspectedModel,
  options: ReduceOptions,
  open: OpenFile,
): Promise<Reduced> {
  const { to, maxDrop = 1, keepSensitive = false, path } = options
  const readBeside = numbersBeside(from, external)
  const read = () => decodeModel(bytes, readBeside)
  const model = read()
  refuseReduced(model, from)
  const float = external.length > 0 ? resolve(from) : bytes
  const fed = { path: from, model, inputs, metadata }
  const count = options.calibrationCount ?? CALIBRATION
  const calibration = await allOf(feedsOf(fed, options.calibration, count))
  if (to === 'int8' && calibration.length === 0) throw needsSamples(from)
  const given = feedsOf(fed, options.samples, Number.POSITIVE_INFINITY)
  const isGiven = (await firstOf(given)) !== undefined
  const judgedOn = isGiven || calibration.length > 0 ? 'samples' : 'made-up'
  const others = calibration.length > 0 ? calibration : madeUpFeeds(model)
  const batches: Batches = isGiven ? given : () => others
  const first = (await firstOf(batches))!
  const reducer = await openReducer(to, { read, from, metadata, calibration, open })
  const attempt = async (kept: ReadonlySet<string>): Promise<Attempt> => {
    const made = reducer.make(kept)
    setMetadata(made, { [REDUCTION_KEY]: to })
    const reduced = encodeModel(made)
    return { bytes: reduced, judgement: await judge(open, [float, reduced], batches), kept }
  }
  let best = await attempt(new Set())
  if (best.judgement.drop > maxDrop) {
    const tried = calibration[0] ?? first
    const losses = await lossOfLayers(reducer, { open, float, tried })
    const found = keepSensitive ? await keepWorst(losses, maxDrop, attempt) : undefined
    if (found === undefined)
      throw losesTooMuch(from, to, best.judgement, maxDrop, losses, keepSensitive)
    best = found
  }
  const speed = await speeds(open, float, best.bytes, first, fixedBatch(portsOf(model)))
  if (path !== undefined) {
    await mkdir(dirname(resolve(path)), { recursive: true })
    await writeFileSafely(path, best.bytes)
  }
  const kept = [...best.kept]
  return {
    bytes: best.bytes,
    report: {
      format: 'onnx',
      reduction: to,
      file: {
        ...(path !== undefined && { path: resolve(path) }),
        bytes: best.bytes.byteLength,
        sha256: createHash('sha256').update(best.bytes).digest('hex'),
      },
      from: { path: resolve(from), bytes: size },
      size: best.bytes.byteLength / size,
      judgedOn,
      judgement: best.judgement,
      maxDrop,
      speed,
      runtime,
      layers: reducer.layers.length - kept.length,
      kept,
    },
  }
}

/** A file that was made, and how it does. */
interface Attempt {
  readonly bytes: Uint8Array
  readonly judgement: Judgement
  readonly kept: ReadonlySet<string>
}

/** Keeps the layers that hurt most in float: as few of them as will do. Undefined where all of them would not. */
async function keepWorst(
  losses: readonly LayerLoss[],
  maxDrop: number,
  attempt: (kept: ReadonlySet<string>) => Promise<Attempt>,
): Promise<Attempt | undefined> {
  const worst = (count: number) =>
    attempt(new Set(losses.slice(0, count).map(({ layer }) => layer)))
  let found: Attempt | undefined
  let fails = 0
  let count = 1
  // With all of them float nothing would be reduced.
  for (; count < losses.length; count = Math.min(2 * count, losses.length)) {
    const tried = await worst(count)
    if (tried.judgement.drop <= maxDrop) {
      found = tried
      break
    }
    fails = count
  }
  while (found !== undefined && count - fails > 1) {
    const middle = Math.floor((count + fails) / 2)
    const tried = await worst(middle)
    if (tried.judgement.drop <= maxDrop) {
      found = tried
      count = middle
    } else fails = middle
  }
  return found
}

/** What each layer does to the outputs when it alone is reduced, the worst first. */
async function lossOfLayers(
  reducer: Reducer,
  { open, float, tried }: { open: OpenFile; float: Uint8Array | string; tried: FedBatch },
): Promise<LayerLoss[]> {
  const losses: LayerLoss[] = []
  for (const layer of reducer.layers) {
    const kept = new Set(reducer.layers.filter((each) => each !== layer))
    const reduced = encodeModel(reducer.make(kept))
    const { noise } = await judge(open, [float, reduced], () => [tried])
    losses.push({ layer, noise })
  }
  const rank = ({ noise }: LayerLoss) => (Number.isNaN(noise) ? Number.POSITIVE_INFINITY : noise)
  return losses.sort((a, b) => rank(b) - rank(a))
}

/** Runs both files on batch after batch: a whole split with its outputs may be larger than memory. */
async function judge(
  open: OpenFile,
  [float, reduced]: readonly [float: Uint8Array | string, reduced: Uint8Array],
  batches: Batches,
): Promise<Judgement> {
  const result = new Judge()
  await withBoth(open, float, reduced, async (one, other) => {
    for await (const batch of batches()) {
      result.add(batch, await one.run(batch.feeds), await other.run(batch.feeds))
    }
  })
  return result.done()
}

/** Loads both files for the time of `use`. */
async function withBoth<T>(
  open: OpenFile,
  float: Uint8Array | string,
  reduced: Uint8Array,
  use: (float: FileRunner, reduced: FileRunner) => Promise<T>,
): Promise<T> {
  const one = await open(float)
  try {
    const other = await open(reduced)
    try {
      return await use(one, other)
    } finally {
      await other.release()
    }
  } finally {
    await one.release()
  }
}

/** Sizes of batches that speed is told for. */
const BATCHES = [1, 32]

async function speeds(
  open: OpenFile,
  float: Uint8Array | string,
  reduced: Uint8Array,
  { feeds }: FedBatch,
  fixed: number | undefined,
): Promise<ReductionReport['speed']> {
  const sizes = fixed === undefined && areBatched(feeds) ? BATCHES : [undefined]
  const fed = sizes.map((size) => (size === undefined ? feeds : ofSize(feeds, size)))
  // What is timed here, without messages between processes, has run to its end there.
  await withBoth(open, float, reduced, async (...both) => {
    for (const each of fed) for (const runner of both) await runner.run(each)
  })
  return withBoth(openHere, float, reduced, async (...both) => {
    const found: Speed[] = []
    for (const each of fed) found.push(await compareSpeed(...both, each))
    return found
  })
}

function areBatched(feeds: NamedData): boolean {
  const firsts = Object.values(feeds).map(({ shape }) => shape[0])
  return firsts.length > 0 && firsts[0] !== undefined && firsts.every((each) => each === firsts[0])
}

/** A batch of another size: rows again and again. */
function ofSize(feeds: NamedData, size: number): NamedData {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype, data }]) => {
      const row = data.length / shape[0]!
      const own = new (data.constructor as Float32ArrayConstructor)(row * size)
      for (let index = 0; index < own.length; index++)
        own[index] = data[index % data.length] as number
      return [name, { shape: [size, ...shape.slice(1)], dtype, data: own }]
    }),
  )
}

/** Batches that can be gone through again and again. */
type Batches = () => Iterable<FedBatch> | AsyncIterable<FedBatch>

function feedsOf(file: FedFile, samples: ReduceSamples | undefined, count: number): Batches {
  if (samples === undefined) return () => []
  if (!isList(samples)) return () => feedsOfSamples(file, samples, count)
  const batches = samples
    .slice(0, count)
    .map((feeds) => ({ feeds: feedsByName(file.model, feeds) }))
  return () => batches
}

async function firstOf(batches: Batches): Promise<FedBatch | undefined> {
  for await (const batch of batches()) return batch
  return undefined
}

async function allOf(batches: Batches): Promise<FedBatch[]> {
  const all: FedBatch[] = []
  for await (const batch of batches()) all.push(batch)
  return all
}

function isList(samples: ReduceSamples): samples is readonly NamedData[] {
  return Array.isArray(samples)
}

function checkOptions(
  where: string,
  { to, maxDrop = 1, calibrationCount = 1 }: ReduceOptions,
): void {
  const refuse = (expected: string, given: unknown) => new ConfigError({ where, expected, given })
  if (!['fp16', 'int8', 'dynamic'].includes(to)) {
    throw refuse('`to` must be fp16, int8 or dynamic', to)
  }
  if (!(maxDrop >= 0 && maxDrop <= 100)) {
    throw refuse('`maxDrop` must be a number of points from 0 to 100', maxDrop)
  }
  if (!Number.isSafeInteger(calibrationCount) || calibrationCount < 1) {
    throw refuse('`calibrationCount` must be a number of samples above 0', calibrationCount)
  }
}

/** Operators of files that were reduced before, and the type of their numbers. */
function refuseReduced(model: ModelProto, where: string): void {
  const said = (model.metadataProps ?? []).find(({ key }) => key === REDUCTION_KEY)?.value
  const graph = model.graph!
  const isHalf =
    [...(graph.input ?? []), ...(graph.output ?? [])].some(
      ({ type }) => type?.tensorType?.elemType === 10,
    ) || (graph.initializer ?? []).some(({ dataType }) => dataType === 10)
  const isWhole = (graph.node ?? []).some(({ opType }) =>
    [
      'QuantizeLinear',
      'DequantizeLinear',
      'DynamicQuantizeLinear',
      'QLinearConv',
      'MatMulInteger',
    ].includes(opType!),
  )
  if (said === undefined && !isHalf && !isWhole) return
  throw new ConfigError({
    where,
    expected: 'the file to reduce must be one of floats',
    given: said ?? (isHalf ? 'half precision' : 'int8'),
    hint: 'It was reduced before. Begin with the float file.',
  })
}

function needsSamples(where: string): ConfigError {
  return new ConfigError({
    where,
    expected: 'int8 must be given samples to find the ranges of its numbers on',
    hint: 'Give `calibration`: samples of the training split, or what the file is fed with. `dynamic` needs none.',
  })
}

function losesTooMuch(
  where: string,
  to: Reduction,
  judgement: Judgement,
  maxDrop: number,
  losses: readonly LayerLoss[],
  keepSensitive: boolean,
): ExportError {
  const more = keepSensitive
    ? 'Keeping the layers that hurt most in float was not enough, or would have left nothing to reduce.'
    : '`keepSensitive` (--keep-sensitive) keeps as many of them in float as it takes.'
  return new ExportError({
    where,
    expected: `in ${to} it must lose at most ${maxDrop} points`,
    given: describeDrop(judgement),
    hint: `Nothing was written. What hurts most, layer by layer:\n  ${describeLosses(losses)}\n  ${more} \`maxDrop\` (--max-drop) allows more.`,
  })
}
