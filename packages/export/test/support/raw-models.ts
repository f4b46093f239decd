import { type ImageEncoding, layers, Model, type TableEncoding } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'

/** A convolution and a dense layer on {@link PICTURES}. */
export class Colours extends Model {
  readonly conv = layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' })
  readonly flat = layers.flatten()
  readonly head = layers.dense({ units: 3 })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.flat.apply(this.conv.apply(x)))
  }
}

/** Two dense layers on rows of a table. */
export class Rows extends Model {
  readonly hidden = layers.dense({ units: 8, activation: 'tanh' })
  readonly head = layers.dense({ units: 3 })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

/** Pictures of 6x5 whose channels are normalized, each its own way. */
export const PICTURES: ImageEncoding = {
  ...{ kind: 'image', height: 6, width: 5, channels: 3, fit: 'cover' },
  ...{ mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.7] },
}

/** Numbers, each column scaled and filled its own way: six of them in a sample. */
export const TABLE: TableEncoding = {
  kind: 'table',
  delimiter: ',',
  columns: [
    { kind: 'number', name: 'income', mean: 50_000, std: 12_000, fill: 48_000, indicator: true },
    { kind: 'number', name: 'age', mean: 40, std: 9, fill: 39 },
    { kind: 'number', name: 'share' },
    { kind: 'number', name: 'rooms', fill: 3, indicator: true },
  ],
}
