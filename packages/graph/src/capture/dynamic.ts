import { EngineError } from '@ashlar/errors'
import { evaluate, formatSize, type Graph, type SymbolicDim } from '../ir/index.ts'
import {
  type AsyncProgram,
  type CaptureInput,
  type CaptureOptions,
  type CaptureRound,
  capture,
  captureAsync,
  type TensorProgram,
} from './capture.ts'
import { FreeSizes } from './free-sizes.ts'
import { differenceOf } from './graph-difference.ts'
import type { ForeignConstants } from './recorder.ts'
import { untriedSizes } from './size-cases.ts'
import {
  type AxisSize,
  classesOf,
  nearest,
  type SizeClass,
  shapesWith,
  symbolicShapes,
} from './size-classes.ts'
import { dependsError, structureError, togetherError } from './size-errors.ts'
import { roundCounts, sizesOfRound, smallestRound } from './size-rounds.ts'
import { findLimits, type Outcome } from './size-search.ts'
import { type Unified, unifyCaptures } from './unify.ts'
import { Unrolling } from './unrolling.ts'

/** An input whose size may vary. */
export interface DynamicInput extends Omit<CaptureInput, 'shape'> {
  /** `null` stands for a size of its own; see {@link AxisSize} for what may be known of it. */
  readonly shape: readonly AxisSize[]
}

export interface DynamicCaptureOptions extends Omit<CaptureOptions, 'inputs'> {
  readonly inputs: Readonly<Record<string, DynamicInput>>
}

/**
 * Captures a program whose inputs vary in size: at many sizes, small and large, odd and even, each axis by itself, and unified. Sizes then follow from
 * those of the inputs by the kernels' own rules; numbers that JavaScript computes from sizes are recognised. Where the program takes some sizes only, the
 * multiple or bound is found, and stands in the sizes of the graph's inputs; so do axes that it wants to be equal.
 *
 * Loops whose end is known are written out, unless it follows from a size that varies.
 *
 * @throws EngineError when the program's kernels depend on the size, or a number follows it in a way that is not recognised.
 */
export function captureDynamic(program: TensorProgram, options: DynamicCaptureOptions): Graph {
  const steps = captureSteps(options)
  let next = steps.next()
  while (!next.done) {
    const [sized, round] = next.value
    next = steps.next(tried(() => capture(program, sized, round)))
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
    next = steps.next(
      await captureAsync(program, sized, round).then(
        (graph) => ({ graph }),
        (error: Error) => ({ error }),
      ),
    )
  }
  return next.value
}

function tried(work: () => Graph): Outcome {
  try {
    return { graph: work() }
  } catch (error) {
    return { error: error as Error }
  }
}

/** What to capture next; it is sent the result. */
type CaptureSteps<T> = Generator<readonly [CaptureOptions, CaptureRound], T, Outcome>

/** One capture, and the sizes of the classes in it. */
interface Round {
  readonly graph: Graph
  readonly sizes: readonly number[]
}

function* captureSteps(options: DynamicCaptureOptions): CaptureSteps<Graph> {
  const shapes = Object.fromEntries(
    Object.entries(options.inputs).map(([name, { shape }]) => [name, shape]),
  )
  const foreign: ForeignConstants = new Map()
  let classes = classesOf(shapes)
  const run = function* (
    sizes: readonly number[],
    round: number,
    unrolling: Unrolling,
  ): CaptureSteps<{ readonly outcome: Outcome; readonly isFree: boolean }> {
    const sized = shapesWith(shapes, classes, sizes)
    const inputs = Object.entries(options.inputs).map(([name, input]) => [
      name,
      { ...input, shape: sized[name]! },
    ])
    const freeSizes = new FreeSizes(round)
    const outcome: Outcome = yield [
      { ...options, inputs: Object.fromEntries(inputs) },
      { foreign, freeSizes, unrolling },
    ]
    return { outcome, isFree: freeSizes.count > 0 }
  }
  let isLimited = false
  let unrolling = new Unrolling()
  for (;;) {
    const rounds = new Rounds(classes)
    try {
      const unified = yield* roundsOf(rounds, classes)
      return unified
    } catch (error) {
      if (error instanceof Failure && !isLimited) {
        // The program takes some sizes only.
        isLimited = true
        classes = yield* findLimits(classes, error.cause as Error, function* (given, sizes) {
          const before = classes
          classes = [...given]
          const { outcome } = yield* run(sizes, 0, unrolling)
          classes = before
          return outcome
        })
        continue
      }
      if (error instanceof Failure) throw togetherError(error.message, error.cause as Error)
      if (!(error instanceof EngineError) || !unrolling.wasUsed || unrolling.limit === 0)
        throw error
      unrolling = new Unrolling(false)
    }
  }

  function* roundsOf(rounds: Rounds, all: readonly SizeClass[]): CaptureSteps<Graph> {
    const counts = roundCounts(all)
    let index = 0
    const take = function* (
      sizes: readonly number[],
      isSmallest: boolean,
      mayFail = false,
    ): CaptureSteps<boolean> {
      const { outcome, isFree } = yield* run(sizes, index++, unrolling)
      if (outcome.graph === undefined) {
        if (outcome.error instanceof EngineError) throw outcome.error
        if (mayFail) return false
        throw new Failure(rounds.describe(sizes), { cause: outcome.error })
      }
      rounds.add({ graph: outcome.graph, sizes }, isSmallest)
      if (largestTable(outcome.graph) > LARGE_TABLE) most = Math.min(most, Math.max(...sizes))
      return isFree
    }
    // Tables that JavaScript fills grow with the square of a size.
    let most = Number.POSITIVE_INFINITY
    const sizesOf = (round: number) =>
      sizesOfRound(all, round).map((size, at) => (size > most ? nearest(all[at]!, most) : size))
    let isFree = yield* take(sizesOf(0), false)
    if (all.length === 0 && !isFree) return rounds.first
    while (rounds.count < counts.few) isFree = (yield* take(sizesOf(index), false)) || isFree
    // With sizes that follow from numbers, ones this small leave nothing to vary.
    if (!isFree) for (const [at] of all.entries()) yield* take(smallestRound(all, at), true)
    let unified = rounds.unify(shapes)
    if (unified instanceof Error || unified.needsMore) {
      while (rounds.count < counts.many) yield* take(sizesOf(index), false)
      unified = rounds.unify(shapes)
      // Until forms stay what they are at sizes that they were not chosen by.
      for (let turn = 0; !(unified instanceof Error) && unified.forms.length > 0; turn++) {
        for (const sizes of rounds.untried(unified)) {
          yield* take(sizes, sizes.includes(1), isLimited)
        }
        const again = rounds.unify(shapes)
        const changed = again instanceof Error ? undefined : changedForm(unified, again)
        unified = again
        if (changed === undefined) break
        if (turn === MOST_TURNS) throw dependsError('capture', changed.samples, true)
      }
    }
    if (unified instanceof Error) throw unified
    rounds.check(unified.graph)
    return unified.graph
  }
}

/** Of more elements than this a table is large. */
const LARGE_TABLE = 2 ** 19

/** Elements of the largest table of numbers that a program made. */
function largestTable({ nodes }: Graph): number {
  let most = 0
  for (const { inputs } of nodes) {
    for (const input of inputs) most = Math.max(most, input?.data?.length ?? 0)
  }
  return most
}

/** So often forms may turn out to be others. */
const MOST_TURNS = 8

/** The first form that is another one now. */
function changedForm(before: Unified, after: Unified): SymbolicDim | undefined {
  const known = new Set(before.forms.map(formatSize))
  return after.forms.find((form) => !known.has(formatSize(form)))
}

/** The program does not run at some size. Its cause says why. */
class Failure extends Error {}

/** Captures that are the same but for sizes; and those at the smallest sizes, which may differ: what is 1 broadcasts. */
class Rounds {
  readonly #classes: readonly SizeClass[]
  readonly #rounds: Round[] = []
  readonly #apart: Round[] = []

  constructor(classes: readonly SizeClass[]) {
    this.#classes = classes
  }

  get first(): Graph {
    return this.#rounds[0]!.graph
  }

  get count(): number {
    return this.#rounds.length
  }

  add(round: Round, isSmallest: boolean): void {
    const [first] = this.#rounds
    const difference = first && differenceOf(first.graph, round.graph)
    if (difference === undefined) {
      this.#rounds.push(round)
    } else if (isSmallest && round.sizes.includes(1)) {
      this.#apart.push(round)
    } else {
      throw structureError(
        difference.where,
        `${difference.given}, at ${this.describe(first!.sizes)} and at ${this.describe(round.sizes)}`,
        HINT,
      )
    }
  }

  /** Sizes for people. */
  describe(sizes: readonly number[]): string {
    return sizes.map((size, index) => `${this.#classes[index]!.label} = ${size}`).join(', ')
  }

  /** An error that more captures may do away with is returned. */
  unify(shapes: Readonly<Record<string, readonly AxisSize[]>>): Unified | Error {
    const sizes = symbolicShapes(
      shapes,
      this.#classes,
      this.#rounds.map((round) => round.sizes),
    )
    try {
      return unifyCaptures(
        this.#rounds.map(({ graph }) => graph),
        sizes,
      )
    } catch (error) {
      if (error instanceof EngineError) return error
      throw error
    }
  }

  /** Sizes that say whether forms are what they were taken for. */
  untried(unified: Unified): number[][] {
    const taken = this.#rounds.map(({ sizes }) => sizes)
    return untriedSizes(unified, this.#classes, taken, (sizes) =>
      this.#valuesAt(unified.graph, sizes),
    )
  }

  /** What free sizes are where the classes have these. */
  #valuesAt(
    graph: Graph,
    sizes: readonly number[],
  ): (symbol: { readonly key: string }) => number | undefined {
    const values = new Map<string, number>()
    for (const [index, { axes, multipleOf }] of this.#classes.entries()) {
      const [{ input, axis }] = axes as readonly [(typeof axes)[number]]
      const size = graph.inputs.find(({ name }) => name === input)?.value.shape[axis]
      const factor = typeof size === 'object' ? size.terms[0]!.factors[0] : undefined
      if (factor !== undefined) values.set(factor.key, sizes[index]! / multipleOf)
    }
    return ({ key }) => values.get(key)
  }

  /** Holds outputs against captures that went another way, as they may where a size is 1. */
  check(graph: Graph): void {
    for (const round of this.#apart) {
      const known = this.#valuesAt(graph, round.sizes)
      for (const [at, { name, value }] of graph.outputs.entries()) {
        const expected = round.graph.outputs[at]!.value.shape
        const given = value.shape.map((size) => evaluate(size, known))
        const isSame =
          given.length === expected.length &&
          given.every((size, axis) => size === undefined || size === expected[axis])
        if (isSame) continue
        throw structureError(
          '',
          `output ${name} of shape [${expected}] at ${this.describe(round.sizes)}, where other sizes give [${given}]`,
          HINT,
        )
      }
    }
  }
}

const HINT =
  'Say which sizes are meant: give the size a bound or a multiple in its shape, such as { min: 2 }, { max: 50 } or { multipleOf: 8 } (--input x=1,?2..50 or x=1,?8), fix it, or take the branch on it out of the model.'
