import {
  boundsOf,
  type Dim,
  freeSize,
  larger,
  minus,
  plus,
  type SymbolicDim,
  smaller,
  substitute,
  times,
} from '../ir/index.ts'
import { type FormOf, MANY } from './size-forms.ts'

/** The smaller or larger one of a rounded form of a size and the size itself, or a number next to it: a padding to a multiple that a reflection has pixels for. */
export function boundedForm(
  samples: readonly number[],
  bases: readonly SymbolicDim[],
  of: FormOf,
): Dim | undefined {
  for (const base of bases.slice(0, 8)) {
    for (const [kind, by] of EDGES) {
      const edge = plus(base, by) as SymbolicDim
      const kept = [...samples.keys()].filter((index) => samples[index] !== edge.samples[index])
      if (new Set(kept.map((index) => base.samples[index])).size < MANY) continue
      const at = (values: readonly number[]) => kept.map((index) => values[index]!)
      const part = freeSize('', at(base.samples))
      const form = of(at(samples), part)
      if (form === undefined) continue
      const whole = substitute(form, part, base)
      const result = kind === 'min' ? smaller(whole, edge) : larger(whole, edge)
      const fits =
        typeof result !== 'number' &&
        result.samples.every((sample, index) => sample === samples[index])
      if (fits) return result
    }
  }
  return undefined
}

const EDGES = (['min', 'max'] as const).flatMap((kind) =>
  [0, -1, 1].map((by) => [kind, by] as const),
)

/** Steps are looked for up to this size, */
const LAST_STEP = 16

/** and so many larger sizes must say that there are no more. */
const BEHIND_STEPS = 8

/** What is one number from some small size on, and other ones below: exact where all these sizes were captured. */
export function stepped(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  const values = new Map<number, number>()
  for (const [index, sample] of samples.entries()) {
    const size = base.samples[index]!
    if ((values.get(size) ?? sample) !== sample) return undefined
    values.set(size, sample)
  }
  const sizes = [...values.keys()].sort((a, b) => a - b)
  const rest = values.get(sizes.at(-1)!)!
  const last = sizes.findLast((size) => values.get(size) !== rest)
  if (last === undefined || last > LAST_STEP) return undefined
  const low = Math.max(boundsOf(base)[0], Math.min(1, sizes[0]!))
  for (let size = low; size <= last + 2; size++) if (!values.has(size)) return undefined
  if (sizes.filter((size) => size > last).length < BEHIND_STEPS) return undefined
  let result: Dim = rest
  for (let size = low; size <= last; size++) {
    const step = values.get(size)! - values.get(size + 1)!
    // 1 up to this size, 0 beyond.
    if (step !== 0) {
      result = plus(result, times(smaller(1, larger(0, minus(size + 1, base))), step))
    }
  }
  return result
}
