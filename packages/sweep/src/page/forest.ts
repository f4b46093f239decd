import { unitOf } from '../suggest/random.ts'

/** Samples below which a node is not parted. */
const LEAF = 2

/** Places at which a feature is tried, at most. */
const CUTS = 32

/** Trees of a forest. */
const TREES = 32

/** What a node says, or which of two is asked next. */
type Node =
  | { readonly value: number }
  | { readonly feature: number; readonly at: number; readonly below: Node; readonly above: Node }

/** A forest of regression trees, each of samples drawn with replacement: `predict` takes the features of one sample. */
export interface Forest {
  predict(features: readonly number[]): number
}

/**
 * Fits a forest; the same samples give the same one.
 *
 * @param features of each sample, numbers that can be compared.
 * @param values one for each sample.
 */
export function fitForest(
  features: readonly (readonly number[])[],
  values: readonly number[],
): Forest {
  const count = values.length
  const trees = Array.from({ length: TREES }, (_, tree) => {
    const drawn = Array.from({ length: count }, (__, i) =>
      Math.floor(unitOf('forest', tree, i) * count),
    )
    return grow({ features, values }, drawn)
  })
  return {
    predict: (sample) => trees.reduce((sum, each) => sum + ask(each, sample), 0) / TREES,
  }
}

interface Samples {
  readonly features: readonly (readonly number[])[]
  readonly values: readonly number[]
}

function grow(samples: Samples, among: readonly number[]): Node {
  const { features, values } = samples
  const mean = among.reduce((sum, i) => sum + values[i]!, 0) / among.length
  const cut = among.length <= LEAF ? undefined : bestCut(samples, among)
  if (cut === undefined) return { value: mean }
  const isBelow = (i: number) => features[i]![cut.feature]! < cut.at
  return {
    ...cut,
    below: grow(
      samples,
      among.filter((i) => isBelow(i)),
    ),
    above: grow(
      samples,
      among.filter((i) => !isBelow(i)),
    ),
  }
}

/** What leaves the least sum of squares; undefined where nothing makes it less. */
function bestCut(
  { features, values }: Samples,
  among: readonly number[],
): { readonly feature: number; readonly at: number } | undefined {
  let best: { readonly feature: number; readonly at: number } | undefined
  // Of all together: what parts explain is counted in sums of their own.
  const total = among.reduce((sum, i) => sum + values[i]!, 0)
  const whole = total ** 2 / among.length
  let most = whole * (1 + 1e-12) + 1e-300
  for (let feature = 0; feature < features[among[0]!]!.length; feature++) {
    for (const at of cutsOf(among.map((i) => features[i]![feature]!))) {
      let sum = 0
      let count = 0
      for (const i of among) {
        if (features[i]![feature]! >= at) continue
        sum += values[i]!
        count++
      }
      const explained = sum ** 2 / count + (total - sum) ** 2 / (among.length - count)
      if (explained <= most) continue
      most = explained
      best = { feature, at }
    }
  }
  return best
}

/** Between each two values; of many, some. */
function cutsOf(values: readonly number[]): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b)
  const between = sorted.slice(1).map((value, i) => (value + sorted[i]!) / 2)
  if (between.length <= CUTS) return between
  return Array.from(
    { length: CUTS },
    (_, i) => between[Math.floor(((i + 0.5) * between.length) / CUTS)]!,
  )
}

function ask(node: Node, sample: readonly number[]): number {
  let at = node
  while ('feature' in at) at = sample[at.feature]! < at.at ? at.below : at.above
  return at.value
}
