import { ConfigError, ShapeError } from '@ashlar/errors'
import { checkNames } from '@ashlar/plugins'

/** Options of {@link ctcDecode}. */
export interface CtcDecodeOptions {
  /** The class that says nothing; 0 by default. */
  readonly blank?: number | undefined
  /** `greedy` (default): the most probable class of each step. `beam-search`: the most probable labels, over all ways in which they may be spread over the steps. */
  readonly strategy?: 'greedy' | 'beam-search' | undefined
  /** Beginnings that are kept after each step of a beam search; 100 by default. */
  readonly beamWidth?: number | undefined
  /** Labels that a beam search gives of each sample, the most probable first; 1 by default. */
  readonly topPaths?: number | undefined
  /** Steps of each sample that count; all by default. */
  readonly lengths?: ArrayLike<number> | undefined
  /** Whether the numbers are logits (default), or else probabilities. */
  readonly fromLogits?: boolean | undefined
}

const names: Readonly<Record<keyof CtcDecodeOptions, true>> = {
  blank: true,
  strategy: true,
  beamWidth: true,
  topPaths: true,
  lengths: true,
  fromLogits: true,
}

/** What a sample says. */
export interface CtcPath {
  /** Without repeats and blanks. */
  readonly labels: readonly number[]
  /** Of the one way that was taken (greedy), or of all ways to these labels that were kept. */
  readonly logProbability: number
}

/**
 * The labels that the output of a model says which was trained with the loss `ctc`.
 *
 * @param output `[samples, time, classes]`, as `predict` gives it.
 * @returns for each sample its labels, the most probable first.
 * @throws ShapeError for another shape; ConfigError for options that do not fit.
 *
 * @example const [best] = ctcDecode(await model.predict(samples), { strategy: 'beam-search', beamWidth: 20 })[0]!
 */
export function ctcDecode(
  { data, shape }: { readonly data: Float32Array; readonly shape: readonly number[] },
  options: CtcDecodeOptions = {},
): CtcPath[][] {
  checkNames('ctcDecode', options, names)
  const { strategy = 'greedy', blank = 0, beamWidth = 100, topPaths = 1 } = options
  const { lengths, fromLogits = true } = options
  const [samples = 0, time = 0, classes = 0] = shape
  if (shape.length !== 3 || data.length !== samples * time * classes) {
    const expected = 'the output must be [samples, time, classes], with a number for each'
    throw new ShapeError({ where: 'ctcDecode', expected, given: { shape, numbers: data.length } })
  }
  check('strategy', ['greedy', 'beam-search'].includes(strategy), 'greedy or beam-search', strategy)
  const isClass = Number.isInteger(blank) && blank >= 0 && blank < classes
  check('blank', isClass, `one of the ${classes} classes`, blank)
  check('beamWidth', Number.isInteger(beamWidth) && beamWidth > 0, 'a positive integer', beamWidth)
  const most = strategy === 'greedy' ? 1 : beamWidth
  const isCount = Number.isInteger(topPaths) && topPaths > 0 && topPaths <= most
  check('topPaths', isCount, `from 1 to ${most}, what ${strategy} finds`, topPaths)
  check('lengths', (lengths?.length ?? samples) === samples, `${samples} numbers`, lengths)
  return Array.from({ length: samples }, (_, sample) => {
    const steps = Math.min(time, lengths?.[sample] ?? time)
    const logs = Array.from({ length: steps }, (_, step) => {
      const start = (sample * time + step) * classes
      return logSharesOf(data.subarray(start, start + classes), fromLogits)
    })
    return strategy === 'greedy'
      ? [greedy(logs, blank)]
      : beamSearch(logs, blank, beamWidth).slice(0, topPaths)
  })
}

function check(option: string, isRight: boolean, expected: string, given: unknown): void {
  if (isRight) return
  throw new ConfigError({
    where: 'ctcDecode',
    expected: `\`${option}\` must be ${expected}`,
    given,
  })
}

/** Logarithms of the probabilities of a step, in double precision. */
function logSharesOf(row: Float32Array, fromLogits: boolean): number[] {
  if (!fromLogits) return Array.from(row, Math.log)
  const largest = Math.max(...row)
  const sum = row.reduce((total, each) => total + Math.exp(each - largest), 0)
  return Array.from(row, (each) => each - largest - Math.log(sum))
}

function greedy(logs: readonly number[][], blank: number): CtcPath {
  const labels: number[] = []
  let [logProbability, last] = [0, blank]
  for (const row of logs) {
    const best = row.indexOf(Math.max(...row))
    logProbability += row[best]!
    if (best !== blank && best !== last) labels.push(best)
    last = best
  }
  return { labels, logProbability }
}

/** A beginning of labels, as a place in the tree of all. */
class Beginning {
  readonly before: Beginning | undefined
  readonly label: number
  readonly #longer = new Map<number, Beginning>()

  constructor(label: number, before?: Beginning) {
    this.label = label
    this.before = before
  }

  with(label: number): Beginning {
    const known = this.#longer.get(label) ?? new Beginning(label, this)
    this.#longer.set(label, known)
    return known
  }

  labels(): number[] {
    return this.before === undefined ? [] : [...this.before.labels(), this.label]
  }
}

/** Logarithms of the probabilities of the ways to a beginning that end in a blank, and in its last label. */
interface Ends {
  inBlank: number
  inLabel: number
}

/** The search for prefixes of Graves (2012), which adds up the ways to the same labels. */
function beamSearch(logs: readonly number[][], blank: number, width: number): CtcPath[] {
  let beams = new Map<Beginning, Ends>([
    [new Beginning(blank), { inBlank: 0, inLabel: Number.NEGATIVE_INFINITY }],
  ])
  for (const row of logs) {
    const next = new Map<Beginning, Ends>()
    const endsOf = (beginning: Beginning): Ends => {
      const none = { inBlank: Number.NEGATIVE_INFINITY, inLabel: Number.NEGATIVE_INFINITY }
      const known = next.get(beginning) ?? none
      next.set(beginning, known)
      return known
    }
    for (const [beginning, ends] of beams) {
      const all = totalOf(ends)
      for (const [label, share] of row.entries()) {
        if (label === blank) {
          const same = endsOf(beginning)
          same.inBlank = sumOf(same.inBlank, all + share)
          continue
        }
        const isAgain = beginning.before !== undefined && label === beginning.label
        if (isAgain) {
          const same = endsOf(beginning)
          same.inLabel = sumOf(same.inLabel, ends.inLabel + share)
        }
        // Between two of the same there must be a blank.
        const longer = endsOf(beginning.with(label))
        longer.inLabel = sumOf(longer.inLabel, (isAgain ? ends.inBlank : all) + share)
      }
    }
    const ordered = [...next].sort(([, one], [, other]) => totalOf(other) - totalOf(one))
    beams = new Map(ordered.slice(0, width))
  }
  return [...beams].map(([beginning, ends]) => ({
    labels: beginning.labels(),
    logProbability: totalOf(ends),
  }))
}

function totalOf({ inBlank, inLabel }: Ends): number {
  return sumOf(inBlank, inLabel)
}

/** The logarithm of the sum of two numbers whose logarithms are given. */
function sumOf(one: number, other: number): number {
  const larger = Math.max(one, other)
  if (larger === Number.NEGATIVE_INFINITY) return larger
  return larger + Math.log1p(Math.exp(Math.min(one, other) - larger))
}
