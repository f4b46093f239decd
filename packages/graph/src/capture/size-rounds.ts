import { nearest, type SizeClass } from './size-classes.ts'

/**
 * First sizes of usual make, odd and even, prime and not, around powers of two; then all others up to 64, so that what a program does with small sizes is seen at
 * nearly every one. None is 1, which broadcasts; 7, 9, 21, 22, 35, 43 and 57 are left for export's verification. Their number is prime: any step goes through all.
 */
const SMALL = [
  37,
  2,
  64,
  3,
  13,
  101,
  5,
  49,
  28,
  127,
  6,
  17,
  51,
  129,
  11,
  32,
  63,
  23,
  65,
  15,
  31,
  4,
  47,
  33,
  8,
  99,
  16,
  ...[
    10, 12, 14, 18, 19, 20, 24, 25, 26, 27, 29, 30, 34, 36, 38, 39, 40, 41, 42, 44, 45, 46, 48, 50,
    52, 53, 54, 55, 56, 58, 59, 60, 61, 62,
  ],
] as const

/** Sizes that are small together: what is a product, and what a sum, is seen apart where bounds keep all but small sizes the same. */
const TINY = [3, 5, 2, 4, 10, 3, 6, 2, 11, 4, 8, 5, 13] as const

/** Sizes beyond the bounds that programs have. */
const LARGE = [
  1031, 10007, 257, 4099, 511, 224, 999, 2053, 513, 1025, 255, 1001, 300, 1023, 641, 257, 500, 5003,
] as const

/** Batches, of which whole networks may make zeros, are not as large as that. */
const LARGE_BATCHES = [1031, 5003, 257, 129, 511, 1025, 65] as const

/**
 * The sizes of one capture, one for each class: independent of each other, so that two sizes that vary on their own are told apart. At most one is large, so
 * that nothing that is made of several takes up much memory.
 */
export function sizesOfRound(classes: readonly SizeClass[], round: number): number[] {
  const period = Math.max(3, classes.length + 1)
  return classes.map((each, index) => {
    const isBatch = each.axes.every(({ axis }) => axis === 0)
    const turn = Math.floor(round / period)
    if (round % period === index + 1 && turn < LARGE.length) {
      const list = isBatch ? LARGE_BATCHES : LARGE
      return nearest(each, list[turn % list.length]! * scaleOf(each))
    }
    // Steps that share no factor with the length of the list, another for each class.
    const step = STEPS[index % STEPS.length]!
    const isTiny = round > 0 && round % period === 0 && turn < 2 * TINY.length
    const count = round - turn - (round % period > index + 1 ? 1 : 0)
    const wanted = isTiny
      ? TINY[(turn * step + Math.floor(turn / TINY.length) * index) % TINY.length]!
      : SMALL[(count * step + 5 * index) % SMALL.length]!
    return each.min > 2 || each.multipleOf > 1 || each.max < 200
      ? spread(each, wanted, round)
      : nearest(each, wanted)
  })
}

const STEPS = [1, 3, 5, 7, 9, 11, 13] as const

/** Large sizes that are multiples are not larger for it. */
function scaleOf({ min }: SizeClass): number {
  return Math.max(1, Math.ceil(min / 128))
}

/** Within narrow limits: from the smallest on, so that what is near to it is met as well. */
function spread(limits: SizeClass, wanted: number, round: number): number {
  const { multipleOf, min, max } = limits
  // Of large multiples the second and third are left for export's verification, which could not run much larger ones.
  const least = Math.ceil(min / multipleOf)
  const most = Math.floor(Math.min(max, 2 ** 30) / multipleOf)
  const count = multipleOf === 1 ? wanted : countOf(multipleOf, 1 + (wanted % 16))
  const offset = round % 7 === 6 ? most - least - (round % 3) : count - 1
  const isNarrow = most - least < 200
  const range = most - least + 1
  const at = isNarrow ? ((offset % range) + range) % range : count - 1
  return (least + at) * multipleOf
}

/** So many multiples, or as many as captures take in their place. */
export function countOf(multipleOf: number, count: number): number {
  return multipleOf >= LARGE_MULTIPLE && (count === 2 || count === 3) ? count + 2 : count
}

const LARGE_MULTIPLE = 8

/** Sizes that export's verification begins with. */
const LEFT: readonly number[] = [7, 9, 21, 22, 35, 43, 57, 77, 115, 141, 150, 155, 189, 209]

/** Whether captures leave a size for export's verification. */
export function isLeftForVerification(size: number): boolean {
  return LEFT.includes(size)
}

/** The sizes of a capture in which one class is 1, or as small as it may be, and the others are not. */
export function smallestRound(classes: readonly SizeClass[], index: number): number[] {
  return classes.map((each, at) => (at === index ? each.min : nearest(each, 21 + 8 * at)))
}

/** How many captures tell sizes apart, and how many do where JavaScript computes with sizes. */
export function roundCounts(classes: readonly SizeClass[]): {
  readonly few: number
  readonly many: number
} {
  // What follows from numbers alone.
  if (classes.length === 0) return { few: 6, many: 24 }
  const isBatch = classes.length === 1 && classes[0]!.axes.every(({ axis }) => axis === 0)
  const period = Math.max(3, classes.length + 1)
  return { few: isBatch ? 4 : Math.max(8, 2 * period + 1), many: Math.max(108, 9 * period) }
}
