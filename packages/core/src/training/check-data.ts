import { ConfigError, DataError } from '@ashlar/errors'
import { sizeOf } from '../data/batches.ts'
import { LARGEST_WHOLE, notNumbers } from '../data/check-numbers.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import type { LabelData } from '../data/split.ts'
import type { Reading } from '../losses/loss.ts'

/**
 * Checks that samples are what their types say; code in JavaScript may give anything.
 *
 * @param where the function that takes them.
 * @throws DataError for arrays of another kind or length.
 */
export function checkArrays(where: string, samples: Samples): void {
  const { inputs, labels, length, info } = samples ?? {}
  if (info === undefined || !Number.isInteger(length) || length < 1) {
    throw new ConfigError({
      where,
      expected: 'data must be samples: those of a dataset, or samplesOf(inputs, labels)',
      given: samples,
    })
  }
  if (samples.stream !== undefined) {
    if (labels !== undefined) checkArray(where, 'labels', labels, [length, ...info.labelShape])
    return
  }
  checkArray(where, 'inputs', inputs, [length, ...info.inputShape])
  checkArray(where, 'labels', labels, [length, ...info.labelShape])
}

function checkArray(where: string, what: string, data: unknown, shape: readonly number[]): void {
  const isTyped =
    data instanceof Uint8Array || data instanceof Int32Array || data instanceof Float32Array
  const size = sizeOf(shape)
  if (isTyped && data.length === size) return
  const text = Array.isArray(data) ? data.findIndex((each) => typeof each === 'string') : -1
  if (text >= 0) throw notNumbers(where, what, (data as unknown[])[text], text)
  throw new DataError({
    where,
    expected: `${what} must be a typed array (uint8, int32 or float32) of the ${size} numbers of [${shape.join(', ')}]`,
    given: data,
  })
}

/** What labels are held against. */
export interface LabelUse {
  /** What the loss takes them for. */
  readonly reading: Reading
  /** Shape of the model's output for one sample, where it is known. */
  readonly outputShape: readonly number[] | undefined
  /** Whether they choose a weight. */
  readonly areWeighed?: boolean | undefined
}

/** Labels, and which samples they belong to. */
export interface SomeLabels {
  readonly labels: LabelData
  readonly length: number
  readonly info: SampleInfo
  /** Left out: they are those of all samples. */
  readonly rows?: ArrayLike<number> | undefined
}

/**
 * Looks at every label once; those that come with their samples are looked at when they do.
 *
 * @throws DataError that names the first sample whose label the loss cannot mean, and the label.
 */
export function checkLabels(where: string, samples: Samples, use: LabelUse): void {
  const { labels, length, info } = samples
  if (labels !== undefined) checkSomeLabels(where, { labels, length, info }, use)
}

/** See {@link checkLabels}. */
export function checkSomeLabels(where: string, some: SomeLabels, use: LabelUse): void {
  const rule = ruleFor(some, use)
  if (rule === undefined) return
  const { labels, length, rows } = some
  const place = labels.findIndex((label: number) => !rule.holds(label))
  if (place < 0) return
  const size = labels.length / length
  const inside = size === 1 ? '' : ` at place ${place % size}`
  throw new DataError({
    where,
    expected: `the label of sample ${rows?.[Math.floor(place / size)] ?? Math.floor(place / size)}${inside} must be ${rule.expected}`,
    given: labels[place],
    hint: rule.hint,
  })
}

interface Rule {
  holds(label: number): boolean
  readonly expected: string
  readonly hint?: string
}

function ruleFor(
  { labels, info }: SomeLabels,
  { reading, outputShape, areWeighed }: LabelUse,
): Rule | undefined {
  const width = outputShape?.at(-1)
  const isOneHot = width !== 1 && String(info.labelShape) === String(outputShape)
  if (reading.labels === 'indices' && !isOneHot) return indexRule(width, width)
  if (areWeighed && !isOneHot) return indexRule(width === 1 ? 2 : width, width)
  switch (reading.labels) {
    case 'shares':
      return {
        holds: (label) => label >= 0 && label <= 1,
        expected: 'a share from 0 to 1',
        hint: 'Class indices go with sparse-categorical-crossentropy.',
      }
    case 'yes-or-no':
      return {
        holds: (label) => label >= 0 && label <= 1,
        expected: '0, 1 or a number between',
        hint: 'Several classes go with sparse-categorical-crossentropy and an output for each.',
      }
    case 'numbers':
      return labels instanceof Int32Array ? wholeRule : finiteRule
    default:
      return undefined
  }
}

function indexRule(classes: number | undefined, width: number | undefined): Rule {
  const outputs = width === 1 ? 'output' : 'outputs'
  return {
    holds: (label) => Number.isInteger(label) && label >= 0 && !(label >= classes!),
    expected:
      classes === undefined
        ? 'the index of a class: a whole number from 0 on'
        : `the index of a class, a whole number from 0 to ${classes - 1}, as the model has ${width} ${outputs}`,
    hint:
      classes === 1
        ? 'A single output that says yes or no goes with binary-crossentropy.'
        : 'Number the classes from 0 on, or give the model an output for each of them.',
  }
}

const finiteRule: Rule = { holds: Number.isFinite, expected: 'a finite number' }

const wholeRule: Rule = {
  holds: (label) => Math.abs(label) <= LARGEST_WHOLE,
  expected: `within ±${LARGEST_WHOLE}, as training computes in float32, which has not all whole numbers beyond`,
  hint: 'Scale the targets, or cast them to float32 where rounding is meant.',
}
