import {
  type Field,
  fieldsOf,
  infoOfFields,
  type LabelData,
  type Metrics,
  Model,
  type Named,
  type NamedField,
  type OutputHead,
  type PredictedOutput,
  type Predictions,
  readLabels,
  type SampleData,
  type Samples,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { lossesOf } from './losses-of.ts'

/** Gives what it takes: a tensor, or those of some names. */
class Given extends Model {
  readonly #names: readonly string[] | undefined

  constructor(names: readonly string[] | undefined) {
    super()
    this.#names = names
  }

  override call(given: tf.Tensor | Readonly<Record<string, tf.Tensor>>) {
    if (this.#names === undefined) return tf.clone(given as tf.Tensor)
    const named = given as Readonly<Record<string, tf.Tensor>>
    return Object.fromEntries(this.#names.map((name) => [name, tf.clone(named[name]!)]))
  }
}

/**
 * Loss and metrics of predictions that no single run of a model gave, such as means over views. Of classes they are probabilities.
 *
 * @param heads the outputs with their losses and metrics.
 */
export async function metricsOfPredictions(
  predictions: Predictions,
  samples: Samples,
  heads: readonly OutputHead[],
): Promise<Metrics> {
  const taken = heads.map((head) => {
    const field = fieldsOf(samples.info).outputs.find(({ name }) => name === head.name)
    const output = head.name === undefined ? predictions : predictions.outputs?.[head.name]
    if (field !== undefined && output !== undefined) return asTaken(output, field, head)
    throw new ConfigError({
      where: 'metricsOfPredictions',
      expected: `there must be labels and predictions for ${head.name ?? 'the output'}`,
      given: Object.keys(predictions.outputs ?? {}).join(', '),
    })
  })
  const labels = await readLabels(samples, { places: true })
  const names = taken.flatMap(({ name }) => name ?? [])
  const model = new Given(names.length === 0 ? undefined : names)
  model.compile({ optimizer: 'sgd', ...lossesOf(heads) })
  try {
    return await model.evaluate(samplesOf(taken, labels, samples), { engine: 'tfjs' })
  } finally {
    model.dispose()
  }
}

/** An output as an input, and the field of its labels. */
interface Taken {
  readonly name: string | undefined
  readonly data: Float32Array
  readonly input: Field
  readonly label: Field
}

/** A loss that takes probabilities is given logits, which nobody can tell from its numbers alone, unless it was told otherwise. */
function asTaken(
  { shape, data }: PredictedOutput,
  { name, ...label }: NamedField,
  { loss }: OutputHead,
): Taken {
  const isClassified = (label.classes ?? []).length > 0
  const input = { shape: shape.slice(1), dtype: 'float32' } as const
  const areLogits = loss.fromLogits ?? loss.output === 'probabilities'
  if (!isClassified || !areLogits) return { name, data, input, label }
  const isOneByOne = label.multiLabel === true || data.length === shape[0]
  const logits = data.map((share) => {
    const own = Math.log(Math.max(share, LEAST))
    return isOneByOne ? own - Math.log(Math.max(1 - share, LEAST)) : own
  })
  return { name, data: logits, input, label }
}

/** Probabilities below are taken for it: the logarithm of 0 is no number to go on with. */
const LEAST = 1e-30

function samplesOf(
  taken: readonly Taken[],
  labels: Named<LabelData>,
  { length, weights }: Samples,
): Samples {
  const [first] = taken
  const by = <T>(of: (each: Taken) => T) =>
    Object.fromEntries(taken.map((each) => [each.name!, of(each)]))
  const isNamed = first?.name !== undefined
  const inputs: Named<SampleData> = isNamed ? by(({ data }) => data) : first!.data
  const fields = isNamed
    ? { inputs: by(({ input }) => input), outputs: by(({ label }) => label) }
    : { input: first!.input, output: first!.label }
  return { inputs, labels, length, ...(weights && { weights }), info: infoOfFields(fields) }
}
