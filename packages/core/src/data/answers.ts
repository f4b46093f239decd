// Loaded by whoever only uses a file: nothing here loads TensorFlow.js.
import { DataError } from '@ashlar/errors'
import type { OutputEncoding } from './encoding.ts'

/** What a model says of one sample. */
export type Answer =
  | {
      readonly class: string
      readonly probability: number
      /** Of every class. JavaScript has names that are numbers first: {@link mostProbable} has their order. */
      readonly probabilities: Readonly<Record<string, number>>
    }
  | {
      /** The classes that are right, more probably than not. */
      readonly labels: readonly string[]
      /** Of every class by itself, in the order of the output; names that are numbers come first. */
      readonly probabilities: Readonly<Record<string, number>>
    }
  | {
      readonly value: number
      /** Where there are several, by name or place. */
      readonly values?: Readonly<Record<string, number>>
    }

/**
 * The numbers of an output as answers.
 *
 * @param data row after row.
 * @throws DataError for another number of them than the output has, and for one that is no number.
 */
export function answersOf(
  output: OutputEncoding,
  data: ArrayLike<number>,
  rows: number,
  where: string,
): Answer[] {
  const width = data.length / rows
  const expected = output.task === 'regression' ? width : output.classes.length
  const isPair = output.task === 'classification' && width === 1 && expected === 2
  if (!Number.isInteger(width) || width < 1 || (width < expected && !isPair)) {
    throw new DataError({
      where,
      expected: `the output must have a number for each of ${expected} classes`,
      given: width,
    })
  }
  return Array.from({ length: rows }, (_, row) => {
    const numbers = Array.from({ length: width }, (_, at) => data[row * width + at]!)
    if (numbers.some(Number.isNaN)) {
      throw new DataError({
        where,
        expected: `the outputs must be numbers, and of sample ${row} one is NaN`,
      })
    }
    if (output.task === 'multi-label') return labelsOf(output, numbers)
    return output.task === 'classification'
      ? classOf(output, isPair ? pairOf(output, numbers[0]!) : sharesOf(output, numbers))
      : numbersOf(output, numbers)
  })
}

/** The classes and what the model gives them, the most probable first. */
export function mostProbable(
  probabilities: Readonly<Record<string, number>>,
): (readonly [name: string, probability: number])[] {
  return Object.entries(probabilities).sort(([, a], [, b]) => b - a)
}

type Classification = Extract<OutputEncoding, { task: 'classification' }>

function pairOf({ gives }: Classification, number: number): number[] {
  const second = gives === 'logits' ? sigmoid(number) : number
  return [1 - second, second]
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

function labelsOf(
  { classes, gives }: Extract<OutputEncoding, { task: 'multi-label' }>,
  numbers: readonly number[],
): Answer {
  const shares = numbers
    .slice(0, classes.length)
    .map((each, at) => [classes[at]!, gives === 'logits' ? sigmoid(each) : each] as const)
  return {
    labels: shares.flatMap(([name, share]) => (share > 0.5 ? [name] : [])),
    probabilities: Object.fromEntries(shares),
  }
}

function sharesOf({ gives }: Classification, numbers: readonly number[]): readonly number[] {
  if (gives === 'probabilities') return numbers
  const largest = Math.max(...numbers)
  const powers = numbers.map((each) => Math.exp(each - largest))
  const sum = powers.reduce((total, each) => total + each, 0)
  return powers.map((each) => each / sum)
}

function classOf({ classes }: Classification, shares: readonly number[]): Answer {
  const named = shares.map((share, at) => [classes[at] ?? String(at), share] as const)
  const sorted = named.sort(([, a], [, b]) => b - a)
  const [name, probability] = sorted[0]!
  return { class: name, probability, probabilities: Object.fromEntries(sorted) }
}

function numbersOf(
  { targets }: Extract<OutputEncoding, { task: 'regression' }>,
  numbers: readonly number[],
): Answer {
  const value = numbers[0]!
  if (numbers.length === 1) return { value }
  const named = numbers.map((each, at) => [targets[at] ?? String(at), each] as const)
  return { value, values: Object.fromEntries(named) }
}
