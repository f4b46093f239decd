import { type ArraySamples, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'

/** A convolution, batch norm, pooling and a dense layer on images of 8x8. */
export class TinyNet extends Model {
  readonly conv = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' })
  readonly norm = layers.batchNormalization()
  readonly pool = layers.globalAveragePooling2d({})
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.pool.apply(this.norm.apply(this.conv.apply(x))))
  }
}

/** A TinyNet with weights. */
export function tinyNet(): TinyNet {
  const model = new TinyNet({ seed: 3 })
  model.build([null, 8, 8, 1])
  return model
}

/** Byte images of 8x8 in three classes. */
export function images(length: number): ArraySamples {
  const random = seedrandom.alea('images')
  return {
    inputs: Uint8Array.from({ length: length * 64 }, () => Math.floor(random() * 256)),
    labels: Uint8Array.from({ length }, (_, row) => row % 3),
    length,
    info: { inputShape: [8, 8, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}
