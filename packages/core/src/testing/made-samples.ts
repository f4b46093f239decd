import type { ArraySamples } from '../data/samples.ts'
import { normalNumbers, sizeOf } from './numbers.ts'

const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** Noise with class indices 0, 1, 2, ... as labels; class by class a little brighter, so that something can be learnt. */
export function madeClasses(
  length: number,
  inputShape: readonly number[],
  classes: number,
): ArraySamples {
  const size = sizeOf(inputShape)
  const labels = Uint8Array.from({ length }, (_, i) => i % classes)
  return {
    inputs: normalNumbers(length * size, 'inputs').map(
      (value, i) => value + labels[Math.floor(i / size)]!,
    ),
    labels,
    length,
    info: { inputShape, labelShape: [], inputDtype: 'float32', inputRange: ANY },
  }
}

/**
 * Noise with noise to learn.
 *
 * @param name of the noise: another one, other numbers.
 */
export function madeTargets(
  length: number,
  inputShape: readonly number[],
  labelShape: readonly number[],
  name = '',
): ArraySamples {
  return {
    inputs: normalNumbers(length * sizeOf(inputShape), `inputs ${name}`),
    labels: normalNumbers(length * sizeOf(labelShape), `targets ${name}`),
    length,
    info: { inputShape, labelShape, inputDtype: 'float32', inputRange: ANY },
  }
}
