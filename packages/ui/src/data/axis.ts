/** What curves are drawn over. */
export type Axis = 'step' | 'epoch' | 'time'

/** When epochs of a run ended: their steps, and the seconds of training until then. */
export interface Clock {
  readonly steps: readonly number[]
  /** Epochs that had ended, from 1 on. */
  readonly epochs: readonly number[]
  readonly seconds: readonly number[]
}

/** Knots of a clock, at most. */
const MOST_KNOTS = 1000

/**
 * The clock of a run, from the seconds that each of its epochs took; undefined where no epoch has ended.
 *
 * @param took seconds over the steps at which epochs ended.
 */
export function clockOf(took: {
  readonly steps: readonly number[]
  readonly values: readonly number[]
}): Clock | undefined {
  const { steps, values } = took
  if (steps.length === 0) return undefined
  let sum = 0
  const seconds = values.map((each) => (sum += Math.max(0, each)))
  const stride = Math.ceil(steps.length / MOST_KNOTS)
  const kept = [...steps.keys()].filter((at) => at === steps.length - 1 || (at + 1) % stride === 0)
  return {
    steps: kept.map((at) => steps[at]!),
    epochs: kept.map((at) => at + 1),
    seconds: kept.map((at) => seconds[at]!),
  }
}

/** Seconds of a unit, the largest first, and how long something must be to be told in it. */
const UNITS = [
  { name: 'hours', seconds: 3600 },
  { name: 'minutes', seconds: 60 },
  { name: 'seconds', seconds: 1 },
] as const

/** How many of a unit an axis has at least. */
const LEAST_UNITS = 3

/** An axis as charts show it. */
export interface Scale {
  readonly label: string
  /** Where a step of a run lies on it. Between two ends of epochs, and beyond the last, as evenly as about there. */
  at(step: number, clock: Clock | undefined): number
}

/** The axis that curves of these clocks are drawn over. */
export function scaleOf(axis: Axis, clocks: readonly (Clock | undefined)[]): Scale {
  if (axis === 'step') return { label: 'step', at: (step) => step }
  if (axis === 'epoch') {
    return { label: 'epoch', at: (step, clock) => between(step, clock?.steps, clock?.epochs) }
  }
  const longest = Math.max(0, ...clocks.map((clock) => clock?.seconds.at(-1) ?? 0))
  const unit = UNITS.find(({ seconds }) => longest >= LEAST_UNITS * seconds) ?? UNITS.at(-1)!
  return {
    label: unit.name,
    at: (step, clock) => between(step, clock?.steps, clock?.seconds) / unit.seconds,
  }
}

/** A line through 0 at step 0 and the given numbers at their steps. */
function between(
  step: number,
  steps: readonly number[] | undefined,
  numbers: readonly number[] | undefined,
): number {
  if (steps === undefined || numbers === undefined || steps.length === 0) return step
  let [low, high] = [0, steps.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]! < step) low = middle + 1
    else high = middle
  }
  const [fromStep, from] = low === 0 ? [0, 0] : [steps[low - 1]!, numbers[low - 1]!]
  const width = steps[low]! - fromStep
  return width <= 0 ? numbers[low]! : from + ((step - fromStep) / width) * (numbers[low]! - from)
}
