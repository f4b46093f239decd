import seedrandom from 'seedrandom'
import type { ExportSource, InputSpec } from '../source/source.ts'
import type { NamedData, TensorData } from '../tensors.ts'
import { compare, type Difference } from './compare.ts'

/**
 * What float32 can hold of a sum of products, in whatever order it is computed: it is the exact sum of factors that are each off by up to
 * `confidence * sqrt(terms) * 2^-24` of themselves (Higham and Mary 2019, doi:10.1137/18M1226312, theorem 3.1: for rounding errors that are independent, with a probability of
 * 1 - 2 exp(-confidence^2 / 2) for each sum). So a model and its file are both exact results of weights and inputs that were moved by so much, and no further apart
 * than two such moves bring them.
 */
const ROUNDING = 2 ** -24
/** Wrong for one sum in 1,500. */
const CONFIDENCE = 4
/** The model's own sums, and those of the file. */
const SIDES = 2

/** Times that everything is moved, each in directions of its own; the largest move counts. */
const DRAWS = 3

/** How far the factors of sums are moved, as a part of themselves, for the longest sum that a model has. */
export function stepOf(terms: number): number {
  return SIDES * CONFIDENCE * Math.sqrt(Math.max(1, terms)) * ROUNDING
}

/** How a model is run again. */
export interface ModelRuns {
  readonly source: Pick<ExportSource, 'weights' | 'moveWeights' | 'isExact' | 'longestSum'> &
    Partial<Pick<ExportSource, 'inputs'>>
  again(feeds: NamedData): Promise<NamedData>
}

/**
 * Judges differences that are beyond one such rounding by what rounding comes to in this graph with these numbers: each of its weights and inputs is moved by
 * {@link stepOf}, up or down, and a difference passes that is no larger than the model's own outputs go with that. So outputs near zero that are differences of
 * large numbers, as of a regression with large inputs, may differ by as much as they must, and no others.
 */
export async function forgive(
  feeds: NamedData,
  expected: NamedData,
  differences: ReadonlyMap<string, Difference>,
  { source, again }: ModelRuns,
): Promise<ReadonlyMap<string, Difference>> {
  let judged = differences
  const step = roundingOf(source, feeds)
  for (let draw = 0; draw < DRAWS && !allPassed(judged); draw++) {
    const moved = Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => [
        name,
        moveInput(data, source.inputs?.[name], step, `${draw} ${name}`, source.isExact === true),
      ]),
    )
    const restore = source.moveWeights?.((name, data) => moveAll(data, `${draw} ${name}`, step))
    try {
      judged = judge(judged, expected, await again(moved))
    } finally {
      restore?.()
    }
  }
  return judged
}

function allPassed(differences: ReadonlyMap<string, Difference>): boolean {
  return [...differences.values()].every(({ passed }) => passed)
}

/**
 * What rounding comes to at least in what a source computes: the part of the largest numbers by which its longest sum may be off.
 */
export function roundingOf(source: ModelRuns['source'], feeds: NamedData): number {
  return stepOf(longestSum(source, feeds))
}

/** The most terms that one number is the sum of: the inputs of a neuron or filter, or, where no weights are known, what the graph says, and all numbers of a sample at least. */
function longestSum(source: ModelRuns['source'], feeds: NamedData): number {
  let longest = 1
  for (const { data, fanIn } of source.weights?.() ?? []) {
    longest = Math.max(longest, fanIn ?? data.length)
  }
  if (source.weights !== undefined) return longest
  const sizes = Object.values(feeds).map(({ shape }) => shape.slice(1).reduce((a, b) => a * b, 1))
  return Math.max(longest, source.longestSum ?? 1, ...sizes)
}

function judge(
  differences: ReadonlyMap<string, Difference>,
  expected: NamedData,
  moved: NamedData,
): ReadonlyMap<string, Difference> {
  const judged = new Map(differences)
  for (const [output, difference] of differences) {
    if (difference.passed) continue
    const { maxAbsolute } = compare(expected[output]!, moved[output]!, 0)
    const sensitivity = Math.max(maxAbsolute, difference.sensitivity ?? 0)
    const passed = difference.maxAbsolute <= sensitivity
    judged.set(output, { ...difference, sensitivity, passed })
  }
  return judged
}

/**
 * Columns of indices stay: no rounding changes them, and moved they would be no category any more.
 *
 * @param isExact whether what is 0 stays so; a function of others may round what it made of it.
 */
function moveInput(
  tensor: TensorData,
  { columns = [] }: Pick<InputSpec, 'columns'> = {},
  step: number,
  seed: string,
  isExact: boolean,
): TensorData {
  if (tensor.dtype !== 'float32') return tensor
  const given = tensor.data as Float32Array
  const data = moveAll(given, seed, step, isExact ? 0 : 1)
  for (let at = 0; columns.length > 0 && at < data.length; at++) {
    if (columns[at % columns.length] !== undefined) data[at] = given[at]!
  }
  return { ...tensor, data }
}

/** Each number up or down by half of `step` to all of it, times itself, or `least` where that is more: what is squared must not stay as it was. */
function moveAll(data: Float32Array, seed: string, step: number, least: number = 0): Float32Array {
  const next = seedrandom.alea(`move ${seed}`)
  return Float32Array.from(data, (value) => {
    const by = step * Math.max(least, Math.abs(value))
    const way = 2 * next() - 1
    return value + by * (way + Math.sign(way)) * 0.5
  })
}
