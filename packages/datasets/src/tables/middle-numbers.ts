/** How often each of some things came, by key. */
export type Tally = readonly (readonly [key: number, times: number])[]

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** Numbers of float32 by their upper 16 bits: at most 65,536 parts, in the order of the numbers. */
function partOf(number: number): number {
  // There is a 0 below 0, too.
  float[0] = number + 0
  const whole = bits[0]!
  return whole < 0 ? -((whole & 0x7fffffff) >> 16) - 1 : whole >> 16
}

/**
 * Finds the median of numbers of float32, exactly and with bounded memory, in two passes: the first counts how many lie in each part of what float32 has, the second counts the numbers in the
 * parts where the middle is.
 */
export class NumberParts {
  readonly #counts = new Map<number, number>()

  add(number: number): void {
    const part = partOf(number)
    this.#counts.set(part, (this.#counts.get(part) ?? 0) + 1)
  }

  done(): Tally {
    return [...this.#counts]
  }
}

/** The second pass; what it counts goes into {@link medianOf} beside the first. */
export class MiddleNumbers {
  readonly #parts: ReadonlySet<number>
  readonly #counts = new Map<number, number>()

  /** @param parts what the first pass counted. */
  constructor(parts: Tally) {
    this.#parts = new Set(middlesOf(parts).map((at) => find(parts, at).key))
  }

  add(number: number): void {
    if (!this.#parts.has(partOf(number))) return
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1)
  }

  done(): Tally {
    return [...this.#counts]
  }
}

/** The median: of an even count, half-way between the two in the middle. */
export function medianOf(parts: Tally, numbers: Tally): number {
  const [lower, upper] = middlesOf(parts).map((at) => {
    const { key, before } = find(parts, at)
    const own = numbers.filter(([number]) => partOf(number) === key)
    return find(own, at - before).key
  }) as [number, number]
  return lower === upper ? lower : Math.fround((lower + upper) / 2)
}

/** Places of the two in the middle, which are one of an odd count. */
function middlesOf(tally: Tally): [number, number] {
  const count = tally.reduce((sum, [, times]) => sum + times, 0)
  return [Math.floor((count - 1) / 2), Math.floor(count / 2)]
}

/** What is at a place when all are in order, and how many come before the first of its like. */
function find(tally: Tally, at: number): { readonly key: number; readonly before: number } {
  let before = 0
  for (const [key, times] of [...tally].sort(([a], [b]) => a - b)) {
    if (before + times > at) return { key, before }
    before += times
  }
  throw new RangeError(`there is no number ${at}`)
}
