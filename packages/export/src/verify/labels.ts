import type { LabelOutput } from '../file/labels.ts'
import type { NamedData, NamedTexts, TensorData } from '../tensors.ts'
import { argMax, type Difference } from './compare.ts'

/**
 * Holds the names that a file gives against the classes that the model's numbers tell. Where two classes are as probable as rounding can tell, the name must be the one that the file's own numbers
 * have; those are held against the model's by themselves.
 *
 * @param allowed how far a number of the model and of the file may be apart.
 */
export function compareLabels(
  { of, names, name, middle }: LabelOutput,
  { model, file, texts }: { model: NamedData; file: NamedData; texts: NamedTexts },
  allowed: number,
): Difference {
  const [expected, own, given] = [model[of]!, file[of], texts[name]]
  const width = middle === undefined ? names.length : 1
  const rows = expected.data.length / width
  let agree = 0
  for (let row = 0; row < rows; row++) {
    const text = given?.[row]
    const said = placeIn(expected, row * width, names, middle)
    // What is no number has no class.
    if (said === undefined || names[said] === text) agree++
    else if (own !== undefined && own.data.length === expected.data.length) {
      const filed = placeIn(own, row * width, names, middle)
      const gap = gapBetween(expected, row * width, { said, filed, middle })
      if (names[filed ?? -1] === text && gap <= 2 * allowed) agree++
    }
  }
  const passed = agree === rows && given?.length === rows
  const difference = passed ? 0 : 1
  return {
    ...{ maxAbsolute: difference, maxRelative: difference, allowed: 0, magnitude: 1 },
    ...(rows > 0 && { argMaxAgreement: given === undefined ? 0 : agree / rows }),
    passed,
  }
}

/** Which of the names a row of numbers tells; undefined where one is no number. */
function placeIn(
  { data }: TensorData,
  start: number,
  names: readonly string[],
  middle: number | undefined,
): number | undefined {
  const width = middle === undefined ? names.length : 1
  for (let at = start; at < start + width; at++)
    if (Number.isNaN(Number(data[at]))) return undefined
  return middle === undefined ? argMax(data, start, width) : Number(Number(data[start]) > middle)
}

function gapBetween(
  { data }: TensorData,
  start: number,
  {
    said,
    filed = said,
    middle,
  }: { said: number; filed?: number | undefined; middle?: number | undefined },
): number {
  if (middle !== undefined) return Math.abs(Number(data[start]) - middle)
  return Math.abs(Number(data[start + said]) - Number(data[start + filed]))
}
