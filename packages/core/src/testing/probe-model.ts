import type { Tensor } from '@tensorflow/tfjs'
import { Model } from '../model/model.ts'
import type { Layer } from '../network/layer.ts'
import * as layers from '../network/layers.ts'

/** A small classifier of vectors with every sort of weight, for whatever needs a model to go along with. */
export class ProbeModel extends Model {
  readonly hidden: Layer = layers.dense({ units: 8, activation: 'relu' })
  readonly norm: Layer = layers.batchNormalization()
  readonly head: Layer = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.norm.apply(this.hidden.apply(x)))
  }
}

/** Shape of one input of a {@link ProbeModel}. */
export const probeShape: readonly number[] = [4]

/** A {@link ProbeModel}, built and ready to train. */
export function makeProbe(): ProbeModel {
  const model = new ProbeModel({ seed: 1 })
  model.compile({
    optimizer: 'adam',
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  model.build([null, ...probeShape])
  return model
}

/** All numbers in a model's weights. */
export function numbersOf(model: Model): number[] {
  return model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
}
