import type { FreeAxis, Needs, Sizes } from '../file/free-axes.ts'

/** Sizes of one, two and three digits that captures do not take, odd ones first; see graph's capture/size-rounds.ts. */
const LEVELS: readonly (readonly number[])[] = [
  [9, 7],
  [21, 35, 43, 57, 22, 77],
  [115, 141, 209, 155, 189, 150],
]

/** A case may take so many times the share of one, where it is the one of large sizes. */
const PATIENCE = 2

/** A small size, where limits allow it, and the level of those beside it. */
const SMALL = [
  [2, 2],
  [3, 1],
] as const

/** So many sizes are small in turn. */
const MOST_LOPSIDED = 4

/** Chooses what sizes that vary are in verification: none that a capture took, other ones for each axis, and no larger than there is time for. */
export class SizePlan {
  readonly #axes: readonly FreeAxis[]
  readonly #needs: (sizes: Sizes) => Needs
  readonly #most: Needs
  #turn = 0

  /** @param most what a case may take. */
  constructor(axes: readonly FreeAxis[], needs: (sizes: Sizes) => Needs, most: Needs) {
    this.#axes = axes
    this.#needs = needs
    this.#most = most
  }

  /** Whether anything but the batch varies. */
  get isFree(): boolean {
    return this.#axes.some(({ isBatch }) => !isBatch)
  }

  /** Whether one sample of the smallest sizes takes longer than a case may: such a model is held against its file in fewer cases. */
  get isHeavy(): boolean {
    return this.isFree && this.#needs(this.smallest()).cost > PATIENCE * this.#most.cost
  }

  /**
   * Sizes for a case, by name.
   *
   * @param level how many digits they shall have, at most.
   */
  sizes(batch: number, level: 1 | 2 | 3): Sizes {
    const turn = this.#turn++
    for (let digits = level; digits > 1; digits--) {
      const sizes = this.#at(batch, digits, turn)
      const { cost, memory } = this.#needs(sizes)
      const patience = batch === 1 ? PATIENCE : 0.5
      if (cost * batch <= this.#most.cost * patience && memory * batch <= this.#most.memory) {
        return sizes
      }
    }
    return this.#at(batch, 1, turn)
  }

  /**
   * Sizes of one sample of which one is small and all others are not, for each that varies beside another: what is taken for the height and is the width is seen
   * apart there.
   */
  lopsided(): Sizes[] {
    const spatial = this.#axes.filter(({ isBatch }) => !isBatch)
    if (spatial.length < 2) return []
    return spatial.slice(0, MOST_LOPSIDED).flatMap((small, index) =>
      SMALL.map(([size, level]) => {
        const sizes = new Map(this.sizes(1, level))
        return sizes.set(small.name, within(small, Math.max(small.min, size + (index % 2))))
      }),
    )
  }

  /** The smallest sizes that there are. */
  smallest(): Sizes {
    return new Map(this.#axes.map(({ name, min }) => [name, min]))
  }

  #at(batch: number, level: number, turn: number): Sizes {
    let batches = 0
    const wanted = LEVELS[level - 1]!
    return new Map(
      this.#axes.map((axis, index) => [
        axis.name,
        axis.isBatch
          ? within(axis, batch + batches++)
          : untaken(axis, wanted[(turn + index) % wanted.length]!, level, (turn + index) % 2),
      ]),
    )
  }
}

/** Within the limits, as near as can be. */
function within({ multipleOf, min, max }: FreeAxis, size: number): number {
  const count = Math.max(1, Math.ceil(size / multipleOf))
  return Math.min(Math.floor(max / multipleOf) * multipleOf, Math.max(min, count * multipleOf))
}

/** Near to a size, one that no capture took; where they took all, one that they took. `shift` keeps axes apart that have the same limits. */
function untaken(axis: FreeAxis, wanted: number, level: number, shift: number): number {
  const { multipleOf, min, max, captured } = axis
  // Limits make sizes larger; what is next to the smallest of them is a size of one digit, so to say.
  const first = min + (1 + shift) * multipleOf
  const start = within(
    axis,
    min <= wanted ? wanted : level === 1 ? first : min + (level - 1) * wanted * multipleOf,
  )
  for (let distance = 0; distance < 100; distance++) {
    for (const size of [start + distance * multipleOf, start - distance * multipleOf]) {
      if (size >= min && size <= max && !captured.has(size)) return size
    }
  }
  return start
}
