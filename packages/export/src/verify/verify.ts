import type { Samples } from '@ashlar/core'
import { createSession } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { InferenceSession } from 'onnxruntime-node'
import type { ExportSource, InputSpecs } from '../source/source.ts'
import { compare, TOLERANCE } from './compare.ts'
import { runEagerly } from './eager.ts'
import { type InputCase, madeUp } from './inputs.ts'
import { compareLayers, type LayeredFile } from './layers.ts'
import { BackendError, onBackend, onReference, type ReferenceBackend } from './reference.ts'
import type { CaseReport, Verification } from './report.ts'
import { countRight, fits, type RealSamples, rangedSpecs, takeReal } from './samples.ts'
import { forgive } from './sensitivity.ts'
import { runSession, runtime } from './session.ts'
import type { NamedData } from './tensors.ts'

/** What to hold a file against, and with what. */
export interface VerifyOptions {
  readonly file: LayeredFile
  /** What the file was made from. */
  readonly source: ExportSource
  /** Multiplications that one sample takes, see `BuiltGraph`. */
  readonly cost: number
  readonly samples?: Samples | undefined
  /** Default: {@link referenceBackends}. */
  readonly backends?: readonly ReferenceBackend[] | undefined
}

/** Sizes that axes behind the batch take in turn, where they vary. */
const SIZES: readonly (readonly number[])[] = [
  [64, 72, 80],
  [96, 120, 80],
  [80, 64, 80],
]

/** The batch of the large case: as many as take about a second, within these bounds. */
const LARGE = { least: 8, most: 256 } as const

/** A model that takes so many times as long as that with the smallest large batch has none: 7 is large for it. */
const PATIENCE = 8

/**
 * Runs a file and the model that it was made from on the same inputs: batches of 1, 2, 7 and a large one; random, zero and extreme numbers, and
 * real samples where there are any. The model is run by TensorFlow.js on a backend of its own.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const session = await createSession(options.file.path ?? options.file.bytes)
  try {
    return await onReference(async (backend, passedOver) => {
      const result = await verifyOn(backend, passedOver, session, options)
      const doubt = result.passed ? undefined : `differs from the file by ${result.maxAbsolute}`
      return { result, doubt }
    }, options.backends)
  } finally {
    await session.release()
  }
}

async function verifyOn(
  backend: ReferenceBackend,
  passedOver: readonly string[],
  session: InferenceSession,
  { source, file, cost, samples }: VerifyOptions,
): Promise<Verification> {
  const cases: CaseReport[] = []
  const totals = new Totals()
  let failedFeeds: NamedData | undefined
  const rows = largeBatch(backend, cost)
  for (const { input, real } of inputCases(source, samples, rows)) {
    const expected = await runOn(source, input.feeds)
    const actual = await runFile(session, source, input)
    if (actual === undefined) {
      cases.push({ inputs: input.kind, batch: input.batch, outputs: [], isOutside: true })
      continue
    }
    const differences = new Map(
      Object.entries(expected).map(([output, data]) => [
        output,
        compare(data, actual[output] ?? { ...data, shape: [], data: new Float32Array(0) }),
      ]),
    )
    const judged = source.isExact
      ? differences
      : await forgive(input.feeds, expected, differences, (feeds) => runOn(source, feeds))
    const outputs = [...judged].map(([output, difference]) => ({ output, ...difference }))
    if (!outputs.every(({ passed }) => passed)) failedFeeds ??= input.feeds
    if (real?.labels !== undefined) totals.count(real.labels, expected, actual)
    cases.push({ inputs: input.kind, batch: input.batch, outputs })
  }
  // Where the model itself is unsteady, a distance says nothing.
  const all = cases
    .flatMap(({ outputs }) => outputs)
    .filter(({ passed, sensitivity }) => !passed || sensitivity === undefined)
  const agreements = all.flatMap(({ argMaxAgreement }) => argMaxAgreement ?? [])
  return {
    passed: failedFeeds === undefined,
    reference: { backend: backend.name, version: tf.version_core, passedOver },
    runtime,
    tolerance: TOLERANCE,
    cases,
    maxAbsolute: Math.max(0, ...all.map(({ maxAbsolute }) => maxAbsolute)),
    maxRelative: Math.max(0, ...all.map(({ maxRelative }) => maxRelative)),
    ...(agreements.length > 0 && { argMaxAgreement: Math.min(...agreements) }),
    ...totals.accuracy(),
    ...(failedFeeds && { layers: await compareLayers(source, file, failedFeeds) }),
  }
}

/**
 * Runs the file. Extreme inputs may lie outside of what a model is made for, so that indices which it computes point nowhere: then nobody can say what
 * comes out. That is so where tfjs's kernels in JavaScript, which check their indices, refuse them as onnxruntime does.
 *
 * @returns undefined for such inputs.
 */
async function runFile(
  session: InferenceSession,
  source: ExportSource,
  { kind, feeds }: InputCase,
): Promise<NamedData | undefined> {
  try {
    return await runSession(session, feeds)
  } catch (error) {
    if (kind !== 'extreme') throw error
    const refused = await onBackend('cpu', () => runEagerly(source, feeds)).then(
      () => false,
      () => true,
    )
    if (refused) return undefined
    throw error
  }
}

async function runOn(source: ExportSource, feeds: NamedData): Promise<NamedData> {
  try {
    return await runEagerly(source, feeds)
  } catch (cause) {
    throw new BackendError('the model does not run', { cause })
  }
}

interface Case {
  readonly input: InputCase
  /** Set for the real samples that accuracy is counted on. */
  readonly real?: RealSamples
}

function* inputCases(
  source: ExportSource,
  samples: Samples | undefined,
  rows: number,
): Generator<Case> {
  const usable = samples !== undefined && fits(samples, source.sampleInputs ?? source.inputs)
  const specs = usable ? rangedSpecs(source.inputs, samples) : source.inputs
  let count = 0
  const make = (kind: 'random' | 'zero' | 'extreme', batch: number): Case => {
    const sizes = SIZES[count++ % SIZES.length]!
    const sizeOf = (axis: number) => (axis === 0 ? batch : sizes[Math.min(axis, sizes.length) - 1]!)
    return { input: madeUp(specs, kind, sizeOf) }
  }
  const batchVaries = hasFreeBatch(source.inputs)
  yield make('random', 1)
  yield make('zero', batchVaries ? 2 : 1)
  yield make('extreme', batchVaries ? 2 : 1)
  if (batchVaries) {
    yield make('random', 2)
    yield make('random', 7)
    if (!usable && rows > 7) yield make('random', rows)
  }
  if (!usable) return
  for (const size of [1, rows]) {
    const real = takeReal(samples, size)
    const [name] = Object.keys(source.inputs) as [string]
    const inputs = source.fromSample?.(real.inputs) ?? real.inputs
    const input: InputCase = { kind: 'real', batch: size, feeds: { [name]: inputs } }
    yield size === rows ? { input, real } : { input }
  }
}

function hasFreeBatch(specs: InputSpecs): boolean {
  return Object.values(specs).some(({ shape }) => shape[0] === null)
}

function largeBatch(backend: ReferenceBackend, cost: number): number {
  const rows = Math.floor(backend.budget / Math.max(cost, 1) / 8) * 8
  const isHeavy = cost * LARGE.least > backend.budget * PATIENCE
  return isHeavy ? 7 : Math.min(LARGE.most, Math.max(LARGE.least, rows))
}

/** Right answers of both sides on labelled samples. */
class Totals {
  #samples = 0
  #model = 0
  #file = 0

  count(labels: readonly number[], model: NamedData, file: NamedData): void {
    const expected = countRight(model, labels)
    const actual = countRight(file, labels)
    if (expected === undefined || actual === undefined) return
    this.#samples += labels.length
    this.#model += expected
    this.#file += actual
  }

  accuracy(): Pick<Verification, 'accuracy'> {
    const samples = this.#samples
    if (samples === 0) return {}
    return { accuracy: { samples, model: this.#model / samples, file: this.#file / samples } }
  }
}
