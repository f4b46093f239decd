import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import type { Attrs, Node, TypedArray, Value } from '../ir/index.ts'
import { capturePlace } from '../scope/scope.ts'
import { callerLine } from './caller-line.ts'
import { type Distribution, type DrawSample, PROBES, rangeOf } from './draw-fits.ts'

/** A random tensor, as the graph computes it with a generator of its own. */
export interface DrawnTensor {
  readonly op: Distribution
  readonly inputs: Readonly<Record<string, Value>>
  readonly attrs: Attrs
  /** Takes the node that draws: its range may only be known later. */
  settle(node: Node): void
}

/** The functions of tfjs whose numbers a graph can draw. */
const FUNCTIONS: Readonly<Record<string, Distribution>> = {
  randomUniform: 'RandomUniform',
  randomNormal: 'RandomNormal',
  truncatedNormal: 'RandomTruncatedNormal',
}

/** So many numbers tell where they come from. */
const ENOUGH = 4096

/** One draw of a program, the same in each of its runs. */
interface Draw {
  readonly op: Distribution
  readonly samples: DrawSample[]
  /** Of the run that counts. */
  attrs: { offset: number; scale: number } | undefined
  isClear: boolean
  readonly where: string
}

/**
 * Finds the random tensors of a captured program.
 *
 * tfjs makes random numbers in JavaScript, from a generator that it seeds with `Math.random()`; recorded as they are,
 * they would be the same in every step. While a capture runs, `Math.random` therefore hands out seeds that are no numbers, and known. The tensor that
 * is written after one was used is compared with what tfjs's generators (Alea, and Marsaglia's polar method on it) make of
 * that seed; its place in the graph is taken by a counter-based generator with the same distribution. Where few numbers were drawn, the program
 * is run again with other seeds, until they tell the range.
 */
export class RandomSource {
  readonly #key: Readonly<Record<string, Value>> | undefined
  readonly #isRecording: () => boolean
  readonly #draws: Draw[] = []
  /** Draws of the run that is under way. */
  #count = 0
  /** Runs that are over. */
  #runs = 0
  #pending: { readonly draw: Draw; readonly seed: string } | undefined

  /**
   * @param key the graph's `seed` and `step` inputs; without them randomness is an error.
   * @param isRecording whether it is the program that asks for a number, and not code that was sent to the host.
   */
  constructor(key: Readonly<Record<string, Value>> | undefined, isRecording: () => boolean) {
    this.#key = key
    this.#isRecording = isRecording
  }

  /** Runs `fn` with `Math.random` replaced. */
  during<T>(fn: () => T): T {
    const restore = this.#replace()
    try {
      return fn()
    } finally {
      restore()
    }
  }

  /** The same while a program that waits runs. */
  async duringAsync<T>(fn: () => Promise<T>): Promise<T> {
    const restore = this.#replace()
    try {
      return await fn()
    } finally {
      restore()
    }
  }

  #replace(): () => void {
    const original = Math.random // random: replaced while a program is captured, put back below
    this.#count = 0
    Math.random = () => (this.#isRecording() ? seed(() => this.#seed()) : original())
    return () => {
      Math.random = original
    }
  }

  /** The random node that made these numbers, or undefined when they are not random. */
  recognise(data: TypedArray): DrawnTensor | undefined {
    const pending = this.#pending
    if (pending === undefined) return undefined
    this.#pending = undefined
    const { draw } = pending
    draw.samples.push({ seed: pending.seed, data: data.slice(0, ENOUGH) as TypedArray })
    const attrs: Attrs & { offset: number; scale: number } = {
      ...{ offset: 0, scale: 1, salt: this.#count },
      dtype:
        data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool',
    }
    if (attrs.dtype !== 'float32' && draw.op !== 'RandomUniform') throw wholeNormal()
    return {
      op: draw.op,
      inputs: this.key(),
      attrs,
      settle: (node) => {
        if (this.#runs === 0) draw.attrs = node.attrs as unknown as typeof attrs
      },
    }
  }

  /** Uniform numbers that a kernel draws itself: its node's inputs and attributes. Undefined where the seed is the user's own. */
  kernelDraw(given: unknown): Pick<DrawnTensor, 'inputs' | 'attrs'> | undefined {
    if (!seeds.has(given as object)) return undefined
    const inputs = this.key()
    this.#next('RandomUniform').isClear = true
    return { inputs, attrs: { offset: 0, scale: 1, salt: this.#count, dtype: 'float32' } }
  }

  /** The inputs that govern what is drawn. */
  key(): Readonly<Record<string, Value>> {
    if (this.#key !== undefined) return this.#key
    throw new EngineError({
      where: capturePlace(),
      expected: 'a program that draws random numbers must declare the inputs `seed` and `step`',
      hint: 'Both are int32 scalars; the numbers differ with each step and repeat with the seed. A file that is exported has none: draw only in training.',
    })
  }

  /**
   * Ends a run of the program. Returns whether it must be run once more, for its draws alone.
   *
   * @throws EngineError when numbers were drawn that the graph cannot draw again.
   */
  finish(): boolean {
    if (this.#pending !== undefined) throw unknownDraw(this.#pending.draw.where)
    const isLast = this.#runs === PROBES.length
    let isClear = true
    for (const draw of this.#draws) {
      // One that was refused, in a loop for example, has no node.
      if (draw.isClear || draw.attrs === undefined) continue
      const range = rangeOf(draw.op, draw.samples, isLast)
      if (range !== undefined) {
        Object.assign(draw.attrs, range)
        draw.isClear = true
      } else if (isLast) throw unknownDraw(draw.where)
      else isClear = false
    }
    this.#runs++
    return !isClear
  }

  /** A seed is about to be used, by one of tfjs's functions. */
  #seed(): string {
    const draws = FUNCTIONS[functionOfTfjs()]
    if (draws === undefined || this.#pending !== undefined) throw unknownDraw(capturePlace())
    const draw = this.#next(draws)
    // Any text that no other seed equals; those that probe show the ends of a range.
    const text = this.#runs === 0 ? `seed ${this.#count}` : PROBES[this.#runs - 1]!
    this.#pending = { draw, seed: text }
    return text
  }

  #next(op: Distribution): Draw {
    const index = this.#count++
    const known = this.#draws[index]
    if (known !== undefined) return known
    const draw: Draw = { op, samples: [], attrs: undefined, isClear: false, where: capturePlace() }
    this.#draws.push(draw)
    return draw
  }
}

/** Seeds that captures handed out. */
const seeds = new WeakSet<object>()

/** What `Math.random()` gives while a program is captured: a seed to generators, and no number to anybody who looks at it. */
function seed(use: () => string): number {
  let text: string | undefined
  const toText = () => {
    text ??= use()
    return text
  }
  const toPrimitive = (hint: string) => (hint === 'string' ? toText() : misused())
  const made = new Proxy(Object.create(null) as object, {
    get: (_, key) =>
      key === 'toString' ? toText : key === Symbol.toPrimitive ? toPrimitive : misused(),
    has: misused,
    getPrototypeOf: misused,
    ownKeys: misused,
  })
  seeds.add(made)
  return made as unknown as number
}

function misused(): never {
  throw new EngineError({
    where: `${capturePlace()}${callerLine()}`,
    expected: 'Math.random() must not be used while the program is captured',
    hint: 'Its number would be the same in every step. Draw with tf.randomUniform(), tf.randomNormal(), tf.truncatedNormal(), tf.multinomial() or tf.dropout(), which become a part of the graph.',
  })
}

/** Numbers of tfjs's generator for a seed that the user chose: the same in every step. */
export function numbersOfSeed(given: unknown, count: number): Float32Array {
  const random = seedrandom.alea(String(given))
  return Float32Array.from({ length: count }, () => random())
}

/** tfjs opens a scope of the function's name for each of its functions. */
function functionOfTfjs(): string {
  const { state } = tf.engine() as unknown as { state: { activeScope?: { name?: string } } }
  return (state.activeScope?.name ?? '').replace(/__op$/, '')
}

function unknownDraw(where: string): EngineError {
  return new EngineError({
    where: where.includes(' at ') ? where : `${where}${callerLine()}`,
    expected:
      'random numbers must come from tf.randomUniform, tf.randomNormal, tf.truncatedNormal, tf.multinomial or tf.dropout',
    hint: 'Numbers from Math.random(), tf.randomGamma or a generator of your own would be frozen into the graph.',
  })
}

function wholeNormal(): EngineError {
  return new EngineError({
    where: `${capturePlace()}${callerLine()}`,
    expected: 'normal random numbers must be drawn as float32',
    hint: 'For whole numbers take tf.round(tf.randomNormal(shape, mean, stdDev)).toInt().',
  })
}
