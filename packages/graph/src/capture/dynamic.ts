import type { Graph } from '../ir/index.ts'
import {
  type AsyncProgram,
  type CaptureInput,
  type CaptureOptions,
  type CaptureRound,
  capture,
  captureAsync,
  type Program,
} from './capture.ts'
import { FREE_SIZE_ROUNDS, FreeSizes } from './free-sizes.ts'
import type { ForeignConstants } from './recorder.ts'
import { unifyCaptures } from './unify.ts'
import { Unrolling } from './unrolling.ts'

/** An input whose size may vary: `null` stands for a dimension that is found by capturing at several sizes. */
export interface DynamicInput extends Omit<CaptureInput, 'shape'> {
  readonly shape: readonly (number | null)[]
}

export interface DynamicCaptureOptions extends Omit<CaptureOptions, 'inputs'> {
  readonly inputs: Readonly<Record<string, DynamicInput>>
}

/** Sizes that `null` takes on a first axis, the batch: small, and unlike sizes that occur in networks for other reasons. */
const BATCHES = [2, 3]

/**
 * Sizes that `null` takes on the axis of that index behind the batch. They differ between axes, so that two sizes that vary on their own are told
 * apart, and are far enough from each other to show whether a size follows evenly.
 */
const OTHERS: readonly (readonly number[])[] = [
  [64, 64, 96, 64],
  [72, 72, 72, 120],
  [80, 80, 80, 80],
]

/**
 * Captures a program whose inputs vary in size: once at each of several sizes, and unified. A dimension that comes out different follows the
 * input's size, or the numbers. Loops whose end is known are written out, unless it follows from a size that varies.
 *
 * @throws EngineError when the program's kernels depend on the size.
 */
export function captureDynamic(program: Program, options: DynamicCaptureOptions): Graph {
  const steps = captureSteps(options)
  let next = steps.next()
  while (!next.done) {
    const [sized, round] = next.value
    next = steps.next(capture(program, sized, round))
  }
  return next.value
}

/** The same for a program that waits; see `captureAsync`. */
export async function captureDynamicAsync(
  program: AsyncProgram,
  options: DynamicCaptureOptions,
): Promise<Graph> {
  const steps = captureSteps(options)
  let next = steps.next()
  while (!next.done) {
    const [sized, round] = next.value
    next = steps.next(await captureAsync(program, sized, round))
  }
  return next.value
}

/** What to capture next; it is sent the result. */
type CaptureSteps = Generator<readonly [CaptureOptions, CaptureRound], Graph, Graph>

function* captureSteps(options: DynamicCaptureOptions): CaptureSteps {
  const foreign: ForeignConstants = new Map()
  const unrolling = new Unrolling()
  const graphs = yield* allRounds(options, { foreign, unrolling })
  try {
    return unifyCaptures(graphs)
  } catch (error) {
    if (!unrolling.wasUsed) throw error
    return unifyCaptures(yield* allRounds(options, { foreign, unrolling: new Unrolling(false) }))
  }
}

function* allRounds(
  options: DynamicCaptureOptions,
  shared: CaptureRound,
): Generator<readonly [CaptureOptions, CaptureRound], Graph[], Graph> {
  const shapes = Object.values(options.inputs).map(({ shape }) => shape)
  const varies = shapes.some((shape) => shape.slice(1).includes(null))
  let rounds = varies ? 4 : shapes.some(([batch]) => batch === null) ? 2 : 1
  const graphs: Graph[] = []
  for (let round = 0; round < rounds; round++) {
    const freeSizes = new FreeSizes(round)
    graphs.push(yield [sizedOptions(options, round), { ...shared, freeSizes }])
    if (freeSizes.count > 0) rounds = FREE_SIZE_ROUNDS
  }
  return graphs
}

/** The options of one capture. */
function sizedOptions(options: DynamicCaptureOptions, round: number): CaptureOptions {
  return {
    ...options,
    inputs: Object.fromEntries(
      Object.entries(options.inputs).map(([name, input]) => [
        name,
        { ...input, shape: input.shape.map((size, axis) => size ?? sizeAt(axis, round)) },
      ]),
    ),
  }
}

function sizeAt(axis: number, round: number): number {
  if (axis === 0) return BATCHES[Math.min(round, 1)]!
  const sizes = OTHERS[Math.min(axis - 1, OTHERS.length - 1)]!
  return sizes[round]!
}
