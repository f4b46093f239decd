import type { Samples } from '@ashlar/core'
import { ConfigError, EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { FreeAxis, Needs, Sizes } from '../file/free-axes.ts'
import type { LabelOutput } from '../file/labels.ts'
import { type FileRunner, type OpenFile, openHere } from '../run/file-runner.ts'
import { runtime } from '../run/session.ts'
import { type ExportSource, type InputSpec, type InputSpecs, isFree } from '../source/source.ts'
import type { NamedData } from '../tensors.ts'
import { combine, compare, type Difference } from './compare.ts'
import { runEagerly } from './eager.ts'
import { type InputCase, madeUp } from './inputs.ts'
import { compareLabels } from './labels.ts'
import { compareLayers, type LayeredFile } from './layers.ts'
import { OutputCheck } from './non-finite.ts'
import { BackendError, onBackend, onReference, type ReferenceBackend } from './reference.ts'
import type { CaseReport, OutputDifference, Verification } from './report.ts'
import { countRight, fits, type RealSamples, rangedSpecs, takeReal } from './samples.ts'
import { forgive, roundingOf } from './sensitivity.ts'
import { SizePlan } from './sizes.ts'

/** What to hold a file against, and with what. */
export interface VerifyOptions {
  readonly file: LayeredFile
  /** What the file was made from. */
  readonly source: ExportSource
  /** Multiplications that one sample takes, see `BuiltGraph`. */
  readonly cost: number
  /** Bytes that one sample takes, see `BuiltGraph`; default: few. */
  readonly memory?: number | undefined
  /** What varies in the inputs, see `BuiltGraph`; default: nothing but the batch. */
  readonly free?: readonly FreeAxis[] | undefined
  /** What one sample takes at given sizes; default: always the same. */
  readonly needs?: ((sizes: Sizes) => Needs) | undefined
  /** Outputs of names, which the file gives besides those of its source. */
  readonly labels?: readonly LabelOutput[] | undefined
  readonly samples?: Samples | undefined
  /** How many of them; default: as many as take about two seconds, at most 1,000. */
  readonly sampleCount?: number | undefined
  /** Loads the file; default: into this process. */
  readonly open?: OpenFile | undefined
  /** Default: {@link referenceBackends}. */
  readonly backends?: readonly ReferenceBackend[] | undefined
}

/** The batch of the large case: as many as take about a second, within these bounds. */
const LARGE = { least: 8, most: 256 } as const

/** Real samples are as many as take that many large cases, */
const SAMPLE_CASES = 2

/** and no more than this, unless more are asked for. */
const MOST_SAMPLES = 1000

/** A model that takes so many times as long as that with the smallest large batch has none: 7 is large for it. */
const PATIENCE = 8

/**
 * Runs a file and the model that it was made from on the same inputs: batches of 1, 2, 7 and a large one; random, zero and extreme numbers, and
 * real samples where there are any. The model is run by TensorFlow.js on a backend of its own.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { file, sampleCount = 1 } = options
  if (!Number.isInteger(sampleCount) || sampleCount < 1) {
    throw new ConfigError({
      where: 'verification',
      expected: '`sampleCount` must be a whole number above 0',
      given: sampleCount,
    })
  }
  const open: OpenFile = options.open ?? openHere
  const runner = await open(file.path ?? file.bytes)
  try {
    return await onReference(async (backend, passedOver) => {
      const result = await verifyOn(backend, passedOver, runner, { ...options, open })
      const isCertain = result.passed || result.broken !== undefined
      const doubt = isCertain ? undefined : `differs from the file by ${result.maxAbsolute}`
      return { result, doubt }
    }, options.backends)
  } finally {
    await runner.release()
  }
}

async function verifyOn(
  backend: ReferenceBackend,
  passedOver: readonly string[],
  runner: FileRunner,
  {
    source,
    file,
    cost,
    memory = 0,
    free = batchesOf(source),
    needs = () => ({ cost, memory }),
    labels: named = [],
    samples,
    sampleCount,
    open,
  }: VerifyOptions & { readonly open: OpenFile },
): Promise<Verification> {
  const found: CaseReport[] = []
  const totals = new Totals()
  let failedFeeds: NamedData | undefined
  const rows = largeBatch(backend, cost, memory)
  const real = samples && { samples, count: sampleCount ?? countOfSamples(backend, cost, rows) }
  const outputsSeen = new OutputCheck()
  const plan = new SizePlan(free, needs, { cost: backend.budget, memory: backend.memory })
  const wantsPositive = () => outputsSeen.withoutNumbers.length > 0
  for await (const { input, labels } of inputCases(source, real, rows, {
    free,
    plan,
    wantsPositive,
  })) {
    const expected = await runOn(source, input.feeds)
    const actual = await runFile(runner, source, input)
    if (actual === undefined) {
      found.push({ ...about(input), outputs: [], isOutside: true })
      continue
    }
    const rounding = roundingOf(source, input.feeds)
    const differences = new Map(
      Object.entries(expected).map(([output, data]) => [
        output,
        compare(
          data,
          actual[output] ?? { ...data, shape: [], data: new Float32Array(0) },
          rounding,
        ),
      ]),
    )
    const judged = await forgive(input.feeds, expected, differences, {
      source,
      again: (feeds) => runOn(source, feeds),
    })
    if (source.weights !== undefined) {
      for (const [output, data] of Object.entries(expected))
        outputsSeen.add(input.kind, output, data)
    }
    const texts = named.length > 0 ? await runner.texts(input.feeds) : {}
    const outputs: OutputDifference[] = [
      ...[...judged].map(([output, difference]) => ({ output, ...difference })),
      ...named.map((label): OutputDifference => {
        const { allowed, maxAbsolute } = judged.get(label.of)!
        const sides = { model: expected, file: actual, texts }
        const found = compareLabels(label, sides, Math.max(allowed, maxAbsolute))
        return { output: label.name, ...found, isLabel: true }
      }),
    ]
    if (!outputs.every(({ passed }) => passed)) failedFeeds ??= input.feeds
    if (labels !== undefined) totals.count(labels, expected, actual)
    found.push({ ...about(input), outputs })
  }
  const reports = joinSamples(found)
  // What differs is not proved to be no number.
  const broken = failedFeeds === undefined ? outputsSeen.broken : undefined
  const all = reports.flatMap(({ outputs }) => outputs).filter((each) => !isUnsteady(each))
  const agreements = all.flatMap(({ argMaxAgreement }) => argMaxAgreement ?? [])
  return {
    passed: failedFeeds === undefined && broken === undefined,
    reference: { backend: backend.name, version: tf.version_core, passedOver },
    runtime,
    cases: reports,
    ...(broken && { broken }),
    maxAbsolute: Math.max(0, ...all.map(({ maxAbsolute }) => maxAbsolute)),
    maxRelative: Math.max(0, ...all.map(({ maxRelative }) => maxRelative)),
    ...(agreements.length > 0 && { argMaxAgreement: Math.min(...agreements) }),
    ...totals.accuracy(),
    ...(failedFeeds && { layers: await compareLayers(source, { ...file, open }, failedFeeds) }),
  }
}

/**
 * Runs the file. Extreme inputs may lie outside of what a model is made for, so that indices which it computes point nowhere: then nobody can say what
 * comes out. That is so where tfjs's kernels in JavaScript, which check their indices, refuse them as onnxruntime does.
 *
 * @returns undefined for such inputs.
 */
async function runFile(
  runner: FileRunner,
  source: ExportSource,
  { kind, feeds }: InputCase,
): Promise<NamedData | undefined> {
  try {
    return await runner.run(feeds)
  } catch (error) {
    if (kind !== 'extreme' || !(error instanceof EngineError)) throw error
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
  /** Class indices of the real samples that accuracy is counted on. */
  readonly labels?: readonly number[] | undefined
}

/** Real samples to run. */
interface Real {
  readonly samples: Samples
  readonly count: number
}

/** What varies, and what it is in turn. */
interface Varying {
  readonly free: readonly FreeAxis[]
  readonly plan: SizePlan
  /** Asked at the end: whether inputs from 0 to 1 are wanted as well, for a model that takes nothing below 0. */
  readonly wantsPositive: () => boolean
}

async function* inputCases(
  source: ExportSource,
  given: Real | undefined,
  rows: number,
  { free, plan, wantsPositive }: Varying,
): AsyncGenerator<Case, void, undefined> {
  const real =
    given && fits(given.samples, source.sampleInputs ?? source.inputs) ? given : undefined
  const specs = real ? rangedSpecs(source.inputs, real.samples) : source.inputs
  const make = (kind: 'random' | 'zero' | 'extreme', sizes: Sizes, of = specs): Case => {
    const sizeOf = (axis: number, input: string) => sizes.get(nameOf(free, input, axis))!
    const made = madeUp(of, kind, sizeOf)
    const others = free
      .filter(({ isBatch }) => !isBatch)
      .map(({ name }) => [name, sizes.get(name)!])
    return { input: others.length === 0 ? made : { ...made, sizes: Object.fromEntries(others) } }
  }
  const batchVaries = free.some(({ isBatch }) => isBatch)
  yield make('random', plan.sizes(1, 2))
  const few = batchVaries ? 2 : 1
  yield make('zero', plan.isHeavy ? plan.smallest() : plan.sizes(few, 1))
  yield make('extreme', plan.isHeavy ? plan.smallest() : plan.sizes(few, 2))
  if (plan.isHeavy) {
    yield make('random', plan.smallest())
    yield make('random', plan.sizes(1, 1))
  } else if (plan.isFree) {
    // What is 1 broadcasts, and what is large passes bounds.
    yield make('random', plan.smallest())
    yield make('random', plan.sizes(1, 3))
    yield make('random', plan.sizes(1, 2))
    if (!batchVaries) yield make('random', plan.sizes(1, 1))
    for (const sizes of plan.lopsided()) yield make('random', sizes)
  }
  if (batchVaries) {
    yield make('random', plan.sizes(2, plan.isHeavy ? 1 : 2))
    if (rows > 2) yield make('random', plan.sizes(Math.min(7, rows), 1))
    if (!real && rows > 7) yield make('random', plan.sizes(rows, 1))
  }
  if (!real) {
    if (wantsPositive()) yield make('random', plan.sizes(batchVaries ? 2 : 1, 1), positive(specs))
    return
  }
  const caseOf = ({ inputs, count }: RealSamples): InputCase => ({
    kind: 'real',
    batch: count,
    feeds: Object.fromEntries(
      Object.entries(inputs).map(
        ([name, data]) => [name, source.fromSample?.(data, name) ?? data] as const,
      ),
    ),
  })
  const taken = source.sampleInputs ?? source.inputs
  for await (const one of takeReal(real.samples, taken, 1, 1)) yield { input: caseOf(one) }
  for await (const batch of takeReal(real.samples, taken, real.count, rows)) {
    yield { input: caseOf(batch), labels: batch.labels }
  }
}

/** Numbers of no known range between 0 and 1. */
function positive(specs: InputSpecs): InputSpecs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]): [string, InputSpec] => [
      name,
      (spec.dtype ?? 'float32') === 'float32' ? { range: [0, 1], ...spec } : spec,
    ]),
  )
}

/** Batches of real samples behind the first, which is a single one, are one case. */
function joinSamples(cases: readonly CaseReport[]): CaseReport[] {
  const [, ...real] = cases.filter(({ inputs }) => inputs === 'real')
  if (real.length < 2) return [...cases]
  const [first] = real as [CaseReport]
  const sizes = real.map(({ batch }) => batch ?? 1)
  const outputs = first.outputs.map(({ output }, index) => {
    const parts = real.map((each, part) => [each.outputs[index]!, sizes[part]!] as const)
    return { output, ...combine(parts) }
  })
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  return [...cases.filter((each) => !real.includes(each)), { ...first, rows, outputs }]
}

/** The first axes of the inputs, as one batch. */
function batchesOf({ inputs }: ExportSource): FreeAxis[] {
  const axes = Object.entries(inputs).flatMap(([input, { shape }]) =>
    shape.length > 0 && isFree(shape[0]!) ? [{ input, axis: 0 }] : [],
  )
  const limits = { multipleOf: 1, min: 1, max: Number.POSITIVE_INFINITY }
  return axes.length === 0
    ? []
    : [{ name: 'batch', axes, isBatch: true, ...limits, captured: new Set() }]
}

/** Rounding moves the model's own output by so much of its largest magnitude: then a distance says nothing. */
const UNSTEADY = 1e-3

function isUnsteady({ passed, sensitivity = 0, magnitude }: Difference): boolean {
  return passed && sensitivity > UNSTEADY * magnitude
}

function nameOf(free: readonly FreeAxis[], input: string, axis: number): string {
  const found = free.find(({ axes }) =>
    axes.some((each) => each.input === input && each.axis === axis),
  )
  return found?.name ?? ''
}

function about({ kind, batch, sizes }: InputCase): Omit<CaseReport, 'outputs'> {
  return { inputs: kind, batch, ...(sizes && { sizes }) }
}

/** @returns less than 7 only where no more fit into the backend's memory. */
function largeBatch(backend: ReferenceBackend, cost: number, memory: number): number {
  const most = Math.max(1, Math.floor(backend.memory / Math.max(memory, 1)))
  const rows = Math.floor(backend.budget / Math.max(cost, 1) / 8) * 8
  const isHeavy = cost * LARGE.least > backend.budget * PATIENCE
  return Math.min(most, isHeavy ? 7 : Math.min(LARGE.most, Math.max(LARGE.least, rows)))
}

function countOfSamples(backend: ReferenceBackend, cost: number, rows: number): number {
  const within = Math.floor((SAMPLE_CASES * backend.budget) / Math.max(cost, 1))
  return Math.min(MOST_SAMPLES, Math.max(rows, within))
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
