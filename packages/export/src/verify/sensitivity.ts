import seedrandom from 'seedrandom'
import type { NamedData, TensorData } from '../tensors.ts'
import { compare, type Difference } from './compare.ts'

/** Each number is moved by up to this, times the largest magnitude around it where that is more than 1. */
const STEP = 1e-6

/** The file's rounding is a third one: it may be further from both than they are from each other. */
const SLACK = 4

/** Runs the model: as before, or on another backend of TensorFlow.js, where there is one. */
export interface ModelRuns {
  again(feeds: NamedData): Promise<NamedData>
  elsewhere(feeds: NamedData): Promise<NamedData | undefined>
}

/**
 * Judges differences that are too large by how far the model's own outputs move when its inputs are moved by rounding, and, where that is not enough, by
 * how far two backends of TensorFlow.js are apart that agree within the tolerance: one may compute a kernel wrong. A model that divides by the range of its input gives anything for zeros, and a very deep one
 * may make much of the last bit: there, another order of the same sums comes out as far away. Nothing that a wrong weight or kernel does is that small.
 */
export async function forgive(
  feeds: NamedData,
  expected: NamedData,
  differences: ReadonlyMap<string, Difference>,
  runs: ModelRuns,
): Promise<ReadonlyMap<string, Difference>> {
  if (allPassed(differences)) return differences
  const moved = await runs.again(
    Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, nudge(name, data)])),
  )
  const judged = judge(differences, expected, moved)
  if (allPassed(judged)) return judged
  const other = await runs.elsewhere(feeds)
  return other === undefined ? judged : judge(judged, expected, other, ({ allowed }) => allowed)
}

function allPassed(differences: ReadonlyMap<string, Difference>): boolean {
  return [...differences.values()].every(({ passed }) => passed)
}

function judge(
  differences: ReadonlyMap<string, Difference>,
  expected: NamedData,
  moved: NamedData,
  most: (difference: Difference) => number = () => Number.POSITIVE_INFINITY,
): ReadonlyMap<string, Difference> {
  const judged = new Map(differences)
  for (const [output, difference] of differences) {
    if (difference.passed) continue
    const { maxAbsolute } = compare(expected[output]!, moved[output]!)
    if (maxAbsolute > most(difference)) continue
    const sensitivity = Math.max(maxAbsolute, difference.sensitivity ?? 0)
    const passed = difference.maxAbsolute <= SLACK * sensitivity
    judged.set(output, { ...difference, sensitivity, passed })
  }
  return judged
}

function nudge(name: string, tensor: TensorData): TensorData {
  if (tensor.dtype !== 'float32') return tensor
  const next = seedrandom(`nudge ${name}`)
  const data = Float32Array.from(
    tensor.data as Float32Array,
    (value) => value + (2 * next() - 1) * STEP * Math.max(1, Math.abs(value)),
  )
  return { ...tensor, data }
}
