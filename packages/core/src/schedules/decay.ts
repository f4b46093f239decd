import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Schedule } from './schedule.ts'

/** Options of {@link stepDecay}. */
export interface StepDecayOptions {
  /** Learning rate of the first step. */
  readonly initial: number
  /** Number of steps between two drops. */
  readonly every: number
  /** What each drop leaves, 0.1 by default. */
  readonly factor?: number | undefined
}

/**
 * The same rate for `every` steps, then `factor` times that, and so on (PyTorch's StepLR; Keras's ExponentialDecay with
 * `staircase`).
 *
 * @example sgd({ learningRate: stepDecay({ initial: 0.1, every: 30 * stepsPerEpoch }), momentum: 0.9 })
 */
export function stepDecay(options: StepDecayOptions): Schedule {
  checkOptions(stepPlugin, options)
  const { initial, every, factor = 0.1 } = options
  return { name: 'step', at: (step) => initial * factor ** Math.floor(step / every) }
}

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** Learning rate of the first step. */
  readonly initial: number
  /** What `steps` steps leave of the rate, 0.96 by default. */
  readonly factor?: number | undefined
  /** By default the whole run. */
  readonly steps?: number | undefined
}

/** `initial * factor ^ (step / steps)` (Keras's ExponentialDecay). */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  checkOptions(exponentialPlugin, options)
  const { initial, factor = 0.96, steps } = options
  return {
    name: 'exponential',
    at: (step, totalSteps) => initial * factor ** (step / Math.max(1, steps ?? totalSteps)),
  }
}

/** Options of {@link polynomialDecay}. */
export interface PolynomialDecayOptions {
  /** Learning rate of the first step. */
  readonly initial: number
  /** Learning rate at the end and after it, 0 by default. */
  readonly end?: number | undefined
  /** 1 by default, which is a straight line. */
  readonly power?: number | undefined
  /** By default the whole run. */
  readonly steps?: number | undefined
}

/** `(initial - end) * (1 - step / steps) ^ power + end` (Keras's PolynomialDecay without cycles). */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  checkOptions(polynomialPlugin, options)
  const { initial, end = 0, power = 1, steps } = options
  return {
    name: 'polynomial',
    at(step, totalSteps) {
      const length = Math.max(1, steps ?? totalSteps)
      const left = 1 - Math.min(step, length) / length
      return (initial - end) * left ** power + end
    },
  }
}

const initial = z.number().nonnegative().describe('Learning rate of the first step.')
const length = z
  .int()
  .positive()
  .optional()
  .describe('Length of the decay in steps; by default the whole run.')

/** `stepDecay` as a plugin. */
export const stepPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'step',
  description: 'Drops the learning rate by a factor every so many steps.',
  options: z.strictObject({
    initial,
    every: z.int().positive().describe('Number of steps between two drops.'),
    factor: z.number().positive().default(0.1).describe('What each drop leaves.'),
  }),
  create: (given) => stepDecay(given),
})

/** `exponentialDecay` as a plugin. */
export const exponentialPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'exponential',
  description: 'Shrinks the learning rate by the same part in every step.',
  options: z.strictObject({
    initial,
    factor: z.number().positive().default(0.96).describe('What is left after `steps` steps.'),
    steps: length,
  }),
  create: (given) => exponentialDecay(given),
})

/** `polynomialDecay` as a plugin. */
export const polynomialPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'polynomial',
  description: 'A straight line, or a power of one, from the initial learning rate to an end.',
  options: z.strictObject({
    initial,
    end: z.number().nonnegative().default(0).describe('Learning rate at the end and after it.'),
    power: z.number().positive().default(1).describe('1 is a straight line.'),
    steps: length,
  }),
  create: (given) => polynomialDecay(given),
})
