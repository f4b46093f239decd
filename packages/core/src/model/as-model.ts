import * as tf from '@tensorflow/tfjs'
import { childrenOf, type HasChildren } from '../network/children.ts'
import type { Signature } from '../network/signature.ts'
import { inputNamesOf, outputNamesOf } from './io-names.ts'
import { Model } from './model.ts'

const wrapped = new WeakMap<tf.LayersModel, Model>()

/**
 * A Sequential or functional tfjs model as a {@link Model}, with the same layers and weights; a Model as it is. The same
 * tfjs model always gives the same Model.
 *
 * @example const model = asModel(tf.sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] }))
 */
export function asModel(model: Model | tf.LayersModel): Model {
  if (model instanceof Model) return model
  const known = wrapped.get(model)
  if (known !== undefined) return known
  const created = new TfjsModel(model)
  wrapped.set(model, created)
  return created
}

/** Answers with the layers of the tfjs model as its own, so that their names carry no prefix. */
class TfjsModel extends Model implements HasChildren {
  readonly network: tf.LayersModel

  constructor(network: tf.LayersModel) {
    super({ name: network.name })
    this.network = network
    const inputs = network.inputs ?? []
    if (inputs.length === 1) this.build(inputs[0]!.shape)
    else if (inputs.length > 1) this.build(inputs.map(({ shape }) => shape))
  }

  /** The names in the network, where it has several inputs or outputs. */
  override signature(): Signature | undefined {
    const { inputs = [], outputs = [] } = this.network ?? {}
    if (inputs.length < 2 && outputs.length < 2) return undefined
    const names = inputNamesOf(this.network)
    return {
      inputs: inputs.map(({ shape, dtype }, at) => ({
        name: names[at]!,
        shape,
        dtype: dtype as 'float32',
      })),
      outputs: outputNamesOf(this.network),
    }
  }

  override getClassName(): string {
    // tfjs asks for it before fields are set.
    return (this.network as tf.LayersModel | undefined)?.getClassName() ?? 'TfjsModel'
  }

  *children(): Generator<[string, tf.layers.Layer]> {
    for (const [layer, name] of childrenOf(this.network)) yield [name, layer]
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[] {
    const restore = keepStatesApart()
    try {
      return withOutputsTwice(this.network, this.network.call(inputs, { ...kwargs }))
    } finally {
      restore()
    }
  }
}

/** What tfjs gives for an output that a model lists twice is null the second time. */
function withOutputsTwice<T extends tf.Tensor | tf.Tensor[]>(
  { outputs }: tf.LayersModel,
  results: T,
): T {
  if (!Array.isArray(results)) return results
  return results.map((result, index) => result ?? results[outputs.indexOf(outputs[index]!)]) as T
}

type Apply = (this: unknown, inputs: unknown, kwargs?: object) => unknown

/**
 * While a model runs, tfjs hands one object of arguments to all of its layers, and a recurrent layer that is given its first state writes that into it, where the
 * next recurrent layer finds it. Here each gets a copy. Returns what puts things back.
 */
function keepStatesApart(): () => void {
  const prototype = tf.RNN.prototype as unknown as { apply: Apply }
  const { apply } = prototype
  prototype.apply = function (inputs, kwargs) {
    return apply.call(this, inputs, { ...kwargs })
  }
  return () => {
    prototype.apply = apply
  }
}
