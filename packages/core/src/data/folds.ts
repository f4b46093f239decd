import { ConfigError } from '@ashlar/errors'
import type { Named } from './field.ts'
import { areNamed } from './fields.ts'
import type { Samples } from './samples.ts'
import { shuffledIndices } from './shuffle.ts'
import { selectSamples } from './source.ts'
import type { LabelData } from './split.ts'

/** How samples are cut into parts. */
export interface FoldOptions {
  /** Number of parts, at least 2. */
  readonly count: number
  /** Whether each part has the same share of every class, where labels are class indices; true by default. */
  readonly stratify?: boolean | undefined
  /** Governs which sample is in which part, 0 by default. */
  readonly seed?: number | undefined
}

/** One way to train on all parts but one. */
export interface Fold {
  readonly train: Samples
  readonly validation: Samples
}

/**
 * Cuts samples into parts of (nearly) one size and pairs each with all the others, for cross-validation. Every sample is validated with
 * exactly once. Nothing is copied before a fold is asked for.
 *
 * @throws ConfigError for fewer samples than parts.
 * @example for (const { train, validation } of folds(samples, { count: 5 })) ...
 */
export function* folds(samples: Samples, options: FoldOptions): Generator<Fold, void, undefined> {
  for (let index = 0; index < options.count; index++) yield foldAt(samples, options, index)
}

/** One of the {@link folds}, 0 for the first. */
export function foldAt(samples: Samples, options: FoldOptions, index: number): Fold {
  const rows = foldRows(samples, options, index)
  return {
    train: selectSamples(samples, rows.train),
    validation: selectSamples(samples, rows.validation),
  }
}

/** Which samples are trained on and validated with in one of the {@link folds}. */
export function foldRows(
  samples: Samples,
  options: FoldOptions,
  index: number,
): { readonly train: Uint32Array; readonly validation: Uint32Array } {
  const { count } = options
  const isCount = Number.isInteger(count) && count >= 2 && count <= samples.length
  if (!isCount || !Number.isInteger(index) || index < 0 || index >= count) {
    throw new ConfigError({
      where: 'folds',
      expected: isCount
        ? `\`index\` must be a whole number from 0 to ${count - 1}`
        : `\`count\` must be a whole number from 2 to the ${samples.length} samples`,
      given: isCount ? index : count,
    })
  }
  const partOf = assignParts(samples, options)
  const rows = Uint32Array.from(partOf.keys())
  return {
    train: rows.filter((sample) => partOf[sample] !== index),
    validation: rows.filter((sample) => partOf[sample] === index),
  }
}

/** The labels that samples are dealt by; of several by name, the first that is one class for each sample. */
function classesIn(samples: Samples, labels: Named<LabelData>): LabelData | undefined {
  const { length } = samples
  if (!areNamed(labels)) return labels.length === length ? labels : undefined
  return Object.values(labels).find(
    (each) => each.length === length && !(each instanceof Float32Array),
  )
}

/** The part of each sample. */
function assignParts(
  samples: Samples,
  { count, stratify = true, seed = 0 }: FoldOptions,
): Uint32Array {
  const { labels, length } = samples
  const order = shuffledIndices(length, seed, 'folds')
  // Labels that come with their samples are not known here.
  const own = labels === undefined ? undefined : classesIn(samples, labels)
  const byClass = stratify && own?.every(Number.isInteger) ? own : undefined
  // Dealing the samples of one class after those of another keeps parts equal in size and in classes.
  if (byClass) order.sort((a, b) => byClass[a]! - byClass[b]!)
  const parts = new Uint32Array(length)
  for (const [place, sample] of order.entries()) parts[sample] = place % count
  return parts
}
