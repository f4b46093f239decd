import type { Graph } from '../ir/index.ts'
import {
  type AsyncProgram,
  type CaptureInput,
  type CaptureOptions,
  capture,
  captureAsync,
  type Program,
} from './capture.ts'
import type { ForeignConstants } from './recorder.ts'
import { unifyCaptures } from './unify.ts'

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
 * input's size.
 *
 * @throws EngineError when the program's kernels depend on the size.
 */
export function captureDynamic(program: Program, options: DynamicCaptureOptions): Graph {
  const foreign: ForeignConstants = new Map()
  return unifyCaptures(sizedOptions(options).map((each) => capture(program, each, foreign)))
}

/** The same for a program that waits; see `captureAsync`. */
export async function captureDynamicAsync(
  program: AsyncProgram,
  options: DynamicCaptureOptions,
): Promise<Graph> {
  const foreign: ForeignConstants = new Map()
  const graphs: Graph[] = []
  for (const each of sizedOptions(options)) {
    graphs.push(await captureAsync(program, each, foreign))
  }
  return unifyCaptures(graphs)
}

/** The options of each capture. */
function sizedOptions(options: DynamicCaptureOptions): CaptureOptions[] {
  const inputs = Object.entries(options.inputs)
  const varies = inputs.some(([, { shape }]) => shape.slice(1).some((size) => size === null))
  const rounds = varies ? 4 : inputs.some(([, { shape }]) => shape[0] === null) ? 2 : 1
  return Array.from({ length: rounds }, (_, round) => ({
    ...options,
    inputs: Object.fromEntries(
      inputs.map(([name, input]) => [
        name,
        { ...input, shape: input.shape.map((size, axis) => size ?? sizeAt(axis, round)) },
      ]),
    ),
  }))
}

function sizeAt(axis: number, round: number): number {
  if (axis === 0) return BATCHES[Math.min(round, 1)]!
  const sizes = OTHERS[Math.min(axis - 1, OTHERS.length - 1)]!
  return sizes[round]!
}
