import { type ArraySplit, type DatasetInfo, takeSamples } from '@ashlar/core'
import { ConfigError, closest } from '@ashlar/errors'
import { z } from 'zod'

/** The options of datasets whose classes are known before their files are read. */
export type ClassShape = {
  readonly classes: z.ZodOptional<z.ZodArray<z.ZodUnion<readonly [z.ZodInt, z.ZodString]>>>
  readonly perClass: z.ZodOptional<z.ZodInt>
}

/** What those options come to. */
export interface ClassOptions {
  readonly classes?: readonly (number | string)[] | undefined
  readonly perClass?: number | undefined
}

/** Spread into the options of such a dataset. */
export const classShape: ClassShape = {
  classes: z
    .array(z.union([z.int().nonnegative(), z.string()]))
    .min(2)
    .optional()
    .describe(
      'Keep samples of these classes alone, by name or index; their labels count from 0 in this order. All when left out.',
    ),
  perClass: z
    .int()
    .positive()
    .optional()
    .describe('Use only the first N training samples of each class.'),
}

/** A dataset that is left with some of its classes. */
export interface ChosenClasses {
  readonly info: DatasetInfo
  /** The samples of a part that are kept, with their labels. */
  readonly take: (split: ArraySplit, part: 'train' | 'test') => ArraySplit
}

/**
 * Applies `classes` and `perClass`, before any other option of the splits.
 *
 * @throws ConfigError for a class that the dataset has not, or one that is named twice.
 */
export function chooseClasses(
  info: DatasetInfo,
  { classes, perClass }: ClassOptions,
): ChosenClasses {
  if (classes === undefined && perClass === undefined) return { info, take: (split) => split }
  const kept = classes?.map((each) => indexOf(info, each)) ?? [...info.classes.keys()]
  const again = kept.find((index, at) => kept.indexOf(index) !== at)
  if (again !== undefined) {
    throw new ConfigError({
      where: `${info.name}.classes`,
      expected: 'each class must be named once',
      given: info.classes[again],
    })
  }
  const names = kept.map((index) => info.classes[index]!)
  return {
    info: { ...info, classes: names },
    take: (split, part) => take(split, info, kept, part === 'train' ? perClass : undefined),
  }
}

function indexOf({ name, classes }: DatasetInfo, given: number | string): number {
  const index = typeof given === 'number' ? given : classes.indexOf(given)
  if (index >= 0 && index < classes.length) return index
  const near = typeof given === 'string' ? closest(given, classes) : undefined
  throw new ConfigError({
    where: `${name}.classes`,
    expected: `must be names of its classes, or indices from 0 to ${classes.length - 1}`,
    given,
    hint: near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
  })
}

function take(
  split: ArraySplit,
  info: DatasetInfo,
  kept: readonly number[],
  most = Number.POSITIVE_INFINITY,
): ArraySplit {
  const counts = kept.map(() => 0)
  const places = new Map(kept.map((index, place) => [index, place]))
  const rows: number[] = []
  const { labels } = split
  for (let row = 0; row < split.length; row++) {
    const place = places.get(labels[row]!)
    if (place === undefined || counts[place]! >= most) continue
    counts[place]!++
    rows.push(row)
  }
  const found = takeSamples(split, info, rows)
  return { ...found, labels: Uint8Array.from(rows, (row) => places.get(labels[row]!)!) }
}
