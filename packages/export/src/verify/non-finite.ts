import { brokenWeight } from '@ashlar/core'
import { ExportError } from '@ashlar/errors'
import type { ExportSource } from '../source/source.ts'
import type { TensorData } from '../tensors.ts'
import type { InputKind } from './inputs.ts'
import type { BrokenOutput } from './report.ts'

/**
 * Looks at every weight of a source.
 *
 * @param where the model or file.
 * @throws ExportError that names the first weight with a NaN, or an infinity that cannot be meant.
 */
export function checkWeights(where: string, { weights }: ExportSource): void {
  const broken = weights && brokenWeight(weights())
  if (broken === undefined) return
  throw new ExportError({
    where,
    expected: `weight ${broken.name} must be finite`,
    given: `${broken.value} at [${broken.index}]`,
    hint: 'Training has diverged: a file of this model would give no numbers. Train again with a lower learning rate, or go back to a checkpoint.',
  })
}

/**
 * Remembers whether the outputs of a model were numbers. NaN equals NaN, but proves nothing: on its own data a model must give numbers, and on inputs that were
 * made up at least some, as these may lie outside of what it takes.
 */
export class OutputCheck {
  readonly #numbers = new Map<string, boolean>()
  #broken: BrokenOutput | undefined

  add(inputs: InputKind, output: string, { dtype, data, shape }: TensorData): void {
    if (dtype !== 'float32' || data.length === 0) return
    const numbers = data as Float32Array
    if (inputs === 'real') {
      const rows = shape[0] ?? 1
      const broken = brokenRows(numbers, rows)
      if (broken > 0) this.#broken ??= { output, inputs, rows, broken }
      this.#numbers.set(output, true)
      return
    }
    // Zeros go through any model that multiplies.
    const has = inputs !== 'zero' && numbers.some(Number.isFinite)
    this.#numbers.set(output, has || (this.#numbers.get(output) ?? false))
  }

  /** Outputs that no inputs but zeros gave a number for. */
  get withoutNumbers(): string[] {
    return [...this.#numbers].flatMap(([output, has]) => (has ? [] : [output]))
  }

  /** The first output that shows that the model is broken; undefined for a sound one. */
  get broken(): BrokenOutput | undefined {
    const [output] = this.withoutNumbers
    return this.#broken ?? (output === undefined ? undefined : { output })
  }
}

/** Rows with NaN, +Infinity or nothing finite. -Infinity beside finite numbers is a masked logit. */
function brokenRows(data: Float32Array, rows: number): number {
  const size = data.length / rows
  let broken = 0
  for (let row = 0; row < rows; row++) {
    const numbers = data.subarray(row * size, (row + 1) * size)
    const isSound = numbers.every((value) => value < Number.POSITIVE_INFINITY)
    if (!isSound || !numbers.some(Number.isFinite)) broken++
  }
  return broken
}
