import { ConfigError, DataError } from '@ashlar/errors'
import { sizeOf } from '../data/batches.ts'
import { LARGEST_WHOLE, notNumbers } from '../data/check-numbers.ts'
import {
  areNamed,
  type Column,
  columnsOf,
  feedOf,
  fieldsOf,
  type NamedField,
} from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import type { Loss, Reading } from '../losses/loss.ts'

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
    for (const { name, data, shape } of labelColumns(samples)) {
      checkArray(where, feedOf('labels', name), data, [length, ...shape])
    }
    checkWeights(where, samples)
    return
  }
  checkFields(where, 'inputs', inputs, fieldsOf(info).inputs)
  checkFields(where, 'labels', labels, fieldsOf(info).outputs)
  for (const { feed, data, shape } of columnsOf(samples, info)) {
    checkArray(where, feed, data, [length, ...shape])
  }
  checkWeights(where, samples)
}

function checkWeights(where: string, { weights, length }: Samples): void {
  if (weights !== undefined) checkArray(where, 'weights', weights, [length])
  const bad = weights?.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (weights === undefined || bad === undefined || bad < 0) return
  throw new DataError({
    where,
    expected: `the weight of sample ${bad} must be a finite number from 0 on`,
    given: weights[bad],
  })
}

/** @throws DataError where arrays do not have the names of the fields. */
function checkFields(
  where: string,
  what: string,
  data: Samples['inputs'] | Samples['labels'],
  fields: readonly NamedField[],
): void {
  const names = fields.flatMap(({ name }) => name ?? [])
  if (names.length === 0) return
  const given = ArrayBuffer.isView(data) ? [] : Object.keys(data ?? {})
  if (String(given.toSorted()) === String(names.toSorted())) return
  throw new DataError({
    where,
    expected: `${what} must be arrays by name: ${names.join(', ')}`,
    given: given.length === 0 ? data : given.join(', '),
  })
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
  /** What the loss says of the label of a sample as a whole. */
  readonly problemOf?: Loss['problemOf']
}

/** The labels of one output. */
export type LabelColumn = Pick<Column, 'name' | 'data' | 'shape'>

/** The labels of samples, one for each output; none of a stream that reads them along with its samples. */
export function labelColumns(samples: Samples): LabelColumn[] {
  const { info } = samples
  if (samples.stream === undefined) {
    return columnsOf(samples, info).filter(({ role }) => role === 'labels')
  }
  const { labels } = samples
  if (labels === undefined) return []
  return fieldsOf(info).outputs.map(({ name, shape }) => ({
    name,
    data: areNamed(labels) ? labels[name!]! : labels,
    shape,
  }))
}

/** How many samples labels are of, and which. */
export interface SomeRows {
  readonly length: number
  /** Left out: they are those of all samples. */
  readonly rows?: ArrayLike<number> | undefined
  /** Names a sample by its row; by its number when left out. */
  nameOf?(row: number): string
}

/**
 * Looks at every label once; those that come with their samples are looked at when they do.
 *
 * @throws DataError that names the first sample whose label the loss cannot mean, and the label.
 */
export function checkLabels(
  where: string,
  column: LabelColumn,
  { length, rows, ...some }: SomeRows,
  use: LabelUse,
): void {
  const { name, data } = column
  const { ignoreIndex } = use.reading
  const rule = use.problemOf ? undefined : ruleFor(column, use)
  const refusal = (sample: number, inside: string, expected: string) => ({
    where: name === undefined ? where : `${where}, labels ${name}`,
    expected: `the label of ${nameOf(sample)}${inside} must ${expected}`,
  })
  const nameOf = (sample: number) => {
    const row = rows?.[sample] ?? sample
    return some.nameOf?.(row) ?? `sample ${row}`
  }
  if (use.problemOf !== undefined) {
    const size = data.length / length
    for (let sample = 0; sample < length; sample++) {
      const label = data.subarray(sample * size, (sample + 1) * size)
      const problem = use.problemOf(label, { outputShape: use.outputShape, ignoreIndex })
      if (problem !== undefined) throw new DataError(refusal(sample, '', problem))
    }
  }
  if (rule === undefined) return
  const place = data.findIndex((label: number) => label !== ignoreIndex && !rule.holds(label))
  if (place < 0) return
  const size = data.length / length
  const sample = Math.floor(place / size)
  const inside = size === 1 ? '' : ` at place ${place % size}`
  throw new DataError({
    ...refusal(sample, inside, `be ${rule.expected}`),
    given: data[place],
    hint: rule.hint,
  })
}

interface Rule {
  holds(label: number): boolean
  readonly expected: string
  readonly hint?: string
}

function ruleFor(
  { data: labels, shape }: LabelColumn,
  { reading, outputShape, areWeighed }: LabelUse,
): Rule | undefined {
  const width = outputShape?.at(-1)
  const isOneHot = width !== 1 && String(shape) === String(outputShape)
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
