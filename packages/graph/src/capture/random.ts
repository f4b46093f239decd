import { EngineError } from '@ashlar/errors'
import seedrandom from 'seedrandom'
import type { Attrs, TypedArray, Value } from '../ir/index.ts'

/** A random tensor, as the graph computes it: `RandomUniform` or `RandomNormal` of the graph's own generator. */
export interface DrawnTensor {
  readonly op: 'RandomUniform' | 'RandomNormal'
  readonly inputs: Readonly<Record<string, Value>>
  readonly attrs: Attrs
}

/**
 * Finds the random tensors of a captured program.
 *
 * tfjs makes random numbers in JavaScript, from a generator that it seeds with `Math.random()`; recorded as they are,
 * they would be the same in every step. While a capture runs, `Math.random` therefore hands out known seeds. A tensor that
 * is written after one was drawn is compared with what tfjs's generators (Alea, and Marsaglia's polar method on it) make of
 * that seed; its place in the graph is taken by a counter-based generator with the same distribution.
 */
export class RandomSource {
  readonly #key: Readonly<Record<string, Value>> | undefined
  #draws = 0
  #recognised = 0
  #pending: number | undefined

  /** @param key the graph's `seed` and `step` inputs; without them randomness is an error. */
  constructor(key: Readonly<Record<string, Value>> | undefined) {
    this.#key = key
  }

  /** Runs `fn` with `Math.random` replaced. */
  during<T>(fn: () => T): T {
    const original = Math.random // random: replaced while a program is captured, put back below
    Math.random = () => this.#draw()
    try {
      return fn()
    } finally {
      Math.random = original
    }
  }

  /** The same while a program that waits runs. */
  async duringAsync<T>(fn: () => Promise<T>): Promise<T> {
    const original = Math.random // random: replaced while a program is captured, put back below
    Math.random = () => this.#draw()
    try {
      return await fn()
    } finally {
      Math.random = original
    }
  }

  /** The random node that made these numbers, or undefined when they are not random. */
  recognise(data: TypedArray): DrawnTensor | undefined {
    const seed = this.#pending
    if (seed === undefined) return undefined
    const drawn =
      fit(data, uniform(seed), 'RandomUniform') ?? fit(data, normal(seed), 'RandomNormal')
    if (drawn === undefined) return undefined
    this.#pending = undefined
    this.#recognised++
    if (this.#key === undefined) {
      throw new EngineError({
        where: 'capture',
        expected: 'a program that draws random numbers must declare the inputs `seed` and `step`',
        hint: 'Both are int32 scalars; the numbers differ with each step and repeat with the seed.',
      })
    }
    return {
      op: drawn.op,
      inputs: this.#key,
      attrs: { offset: drawn.offset, scale: drawn.scale, salt: this.#recognised },
    }
  }

  /** @throws EngineError when numbers were drawn that the graph cannot draw again. */
  finish(): void {
    if (this.#draws === this.#recognised) return
    throw new EngineError({
      where: 'capture',
      expected: 'random numbers must come from tf.randomUniform, tf.randomNormal or tf.dropout',
      hint: 'Numbers from Math.random(), tf.truncatedNormal or tf.randomGamma would be frozen into the graph.',
    })
  }

  #draw(): number {
    this.#draws++
    // Any number between 0 and 1 that tfjs cannot meet by chance; distinct per draw.
    this.#pending = this.#draws * 1.0e-9 + 0.123456789
    return this.#pending
  }
}

function uniform(seed: number): () => number {
  return seedrandom.alea(String(seed))
}

/** Standard normal numbers as tfjs's MPRandGauss makes them: Marsaglia's polar method, two at a time. */
function normal(seed: number): () => number {
  const random = seedrandom.alea(String(seed))
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const next = spare
      spare = undefined
      return next
    }
    for (;;) {
      const x = 2 * random() - 1
      const y = 2 * random() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * factor
      return x * factor
    }
  }
}

interface Fit {
  readonly op: DrawnTensor['op']
  readonly offset: number
  readonly scale: number
}

/** Solves data = offset + scale * reference by its extremes, then checks every number. */
function fit(data: TypedArray, next: () => number, op: Fit['op']): Fit | undefined {
  const reference = Float64Array.from({ length: data.length }, next)
  let low = 0
  let high = 0
  for (let index = 1; index < reference.length; index++) {
    if (reference[index]! < reference[low]!) low = index
    if (reference[index]! > reference[high]!) high = index
  }
  const spread = reference[high]! - reference[low]!
  const scale = spread === 0 ? 1 : neat((Number(data[high]) - Number(data[low])) / spread)
  const offset = neat(Number(data[low]) - scale * reference[low]!)
  if (data.length < 3 && !isPlausible(data.length, offset, scale)) return undefined
  const allowed = 1e-5 * (Math.abs(offset) + Math.abs(scale))
  for (let index = 0; index < reference.length; index++) {
    if (Math.abs(Number(data[index]) - (offset + scale * reference[index]!)) > allowed) {
      return undefined
    }
  }
  return { op, offset, scale }
}

/**
 * Two unknowns fit any two numbers, so of so few only round ones are believed: both of at most three digits. A single number has to be drawn from
 * the standard distribution.
 */
function isPlausible(count: number, offset: number, scale: number): boolean {
  if (count === 1) return offset === 0
  return [offset, scale].every((value) => Number(value.toPrecision(3)) === value)
}

/** Undoes the rounding of float32: the shortest decimal within its precision. */
function neat(value: number): number {
  if (Math.abs(value) < 1e-6) return 0
  return Number(value.toPrecision(5))
}
