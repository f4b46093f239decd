import {
  type FieldInfo,
  fieldsOf,
  type NamedField,
  type PredictedOutput,
  type Predictions,
  type Samples,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { toProbabilities } from './probabilities.ts'

/** Numbers of an output, added up over views. */
interface Sum {
  readonly shape: readonly number[]
  readonly data: Float64Array
  /** Where outputs are logits each by itself, or their shares: both, as no view tells it alone. */
  readonly shares: Float64Array
  areShares: boolean
}

/**
 * The mean of what a model says of views of the same samples, of each output: of probabilities where there are classes, of numbers otherwise.
 *
 * @param info what the labels are.
 * @throws ConfigError for labels that lie at places of the picture, which views move.
 */
export async function averagedPredictions(
  views: Iterable<Samples>,
  predict: (samples: Samples) => Promise<Predictions>,
  info: FieldInfo,
): Promise<Predictions> {
  const fields = fieldsOf(info).outputs
  for (const field of fields) checkPlaces(field)
  const sums = new Map<string | undefined, Sum>()
  let count = 0
  for (const view of views) {
    const found = await predict(view)
    for (const [name, output] of entriesOf(found)) {
      const field = fields.find((each) => each.name === name)
      const sum = sums.get(name) ?? sumLike(output)
      add(sum, output, field)
      sums.set(name, sum)
    }
    count++
  }
  const means = [...sums].map(([name, sum]): [string | undefined, PredictedOutput] => {
    const totals = sum.areShares ? sum.data : sum.shares
    return [name, { shape: sum.shape, data: Float32Array.from(totals, (total) => total / count) }]
  })
  const [, first] = means[0]!
  if (means[0]![0] === undefined) return first
  return { ...first, outputs: Object.fromEntries(means) }
}

function entriesOf(
  predictions: Predictions,
): readonly (readonly [string | undefined, PredictedOutput])[] {
  const { shape, data, outputs } = predictions
  return outputs === undefined ? [[undefined, { shape, data }]] : Object.entries(outputs)
}

function checkPlaces({ name, shape, classes = [], multiLabel }: NamedField): void {
  const ofWhole = classes.length > 0 && !multiLabel ? 0 : 1
  if (shape.length <= ofWhole) return
  throw new ConfigError({
    where: '--tta',
    expected: `the labels${name === undefined ? '' : ` of ${name}`} must be of a whole picture: a view has its places elsewhere`,
    given: shape,
  })
}

function sumLike({ shape, data }: PredictedOutput): Sum {
  const empty = () => new Float64Array(data.length)
  return { shape, data: empty(), shares: empty(), areShares: true }
}

/** Logits are not averaged: one that is sure would count as much as it likes. */
function add(sum: Sum, output: PredictedOutput, field: NamedField | undefined): void {
  const { classes = [], multiLabel } = field ?? {}
  const { shape, data } = output
  const isOneByOne = multiLabel === true || data.length === shape[0]
  const numbers = classes.length === 0 || isOneByOne ? data : toProbabilities(output).data
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at]!
    sum.data[at]! += number
    if (classes.length === 0 || !isOneByOne) continue
    sum.shares[at]! += 1 / (1 + Math.exp(-number))
    if (number < 0 || number > 1) sum.areShares = false
  }
}
