import { tfjsClass } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { type Config, KerasLayer } from './keras-layer.ts'

function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return [inputs].flat()[0]!
}

/** Brings its input to mean 0 and variance 1, with moments that were found before training. */
export class Normalization extends KerasLayer {
  static readonly className: string = 'Normalization'
  #moments: readonly [tf.LayerVariable, tf.LayerVariable] | undefined
  #shape: number[] = []

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = inputShape as tf.Shape
    const { axis, mean } = this.settings
    const kept = [axis ?? []].flat().map((each) => ((each as number) + shape.length) % shape.length)
    this.#shape = shape.map((size, index) => (kept.includes(index) ? size! : 1))
    if (mean == null) {
      const weight = (name: string, value: ReturnType<typeof tf.initializers.zeros>) =>
        this.addWeight(
          name,
          kept.map((each) => shape[each]!),
          'float32',
          value,
          undefined,
          false,
        )
      this.#moments = [
        weight('mean', tf.initializers.zeros()),
        weight('variance', tf.initializers.ones()),
      ]
    }
    super.build(inputShape)
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = tf.cast(single(inputs), 'float32')
      const moment = (index: 0 | 1, given: unknown) => {
        const value = this.#moments?.[index].read() ?? tf.tensor([given].flat(9) as number[])
        return value.size === 1 ? tf.reshape(value, []) : tf.reshape(value, this.#shape)
      }
      const mean = moment(0, this.settings.mean)
      const width = tf.maximum(tf.sqrt(moment(1, this.settings.variance)), 1e-7)
      return this.settings.invert === true
        ? tf.add(mean, tf.mul(x, width))
        : tf.div(tf.sub(x, mean), width)
    })
  }
}

/** The first input less the second. */
export class Subtract extends KerasLayer {
  static readonly className: string = 'Subtract'

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return inputShape[0] as tf.Shape
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [a, b] = inputs as [tf.Tensor, tf.Tensor]
    return tf.sub(a, b)
  }
}

/** Its input. */
export class Identity extends KerasLayer {
  static readonly className: string = 'Keras3Identity'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone(single(inputs))
  }
}

/** Drops whole channels of images or volumes in training. */
export class SpatialDropout extends KerasLayer {
  static readonly className: string = 'Keras3SpatialDropout'
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = single(inputs)
    if (!kwargs.training) return tf.clone(x)
    const channels = this.settings.dataFormat === 'channelsFirst' ? 1 : x.rank - 1
    const shape = x.shape.map((size, axis) => (axis === 0 || axis === channels ? size : 1))
    return tf.tidy(() => {
      const ones = tf.dropout(tf.ones(shape), this.settings.rate as number)
      return tf.mul(x, ones)
    })
  }
}

/** Mean or maximum over all of space, with or without its axes. */
export class GlobalPooling extends KerasLayer {
  static readonly className: string = 'Keras3GlobalPooling'

  #axes(rank: number): number[] {
    const first = this.settings.dataFormat === 'channelsFirst' ? 2 : 1
    return Array.from({ length: rank - 2 }, (_, index) => index + first)
  }
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = inputShape as tf.Shape
    const axes = this.#axes(shape.length)
    return shape.flatMap((size, axis) =>
      axes.includes(axis) ? (this.settings.keepdims ? [1] : []) : [size],
    )
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = single(inputs)
    const reduce = this.settings.of === 'max' ? tf.max : tf.mean
    return reduce(x, this.#axes(x.rank), this.settings.keepdims === true)
  }
}

/** Scales images as Keras does: by the centres of pixels. */
export class Resize extends KerasLayer {
  static readonly className: string = 'Keras3Resize'

  #size(height: number | null, width: number | null): [number | null, number | null] {
    const { to, by } = this.settings as { to?: [number, number]; by?: [number, number] }
    return to ?? [height && height * by![0], width && width * by![1]]
  }
  get #isFirst(): boolean {
    return this.settings.dataFormat === 'channelsFirst'
  }
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = inputShape as tf.Shape
    if (this.#isFirst) return [shape[0]!, shape[1]!, ...this.#size(shape[2]!, shape[3]!)]
    return [shape[0]!, ...this.#size(shape[1]!, shape[2]!), shape[3]!]
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const given = single(inputs)
      const images = (this.#isFirst ? tf.transpose(given, [0, 2, 3, 1]) : given) as tf.Tensor4D
      const size = this.#size(images.shape[1], images.shape[2]) as [number, number]
      const { image } = tf
      const scale =
        this.settings.interpolation === 'nearest'
          ? image.resizeNearestNeighbor
          : image.resizeBilinear
      const scaled = scale(images, size, false, true)
      return this.#isFirst ? tf.transpose(scaled, [0, 3, 1, 2]) : scaled
    })
  }
}

/** Keras's ReLU with a slope and a threshold, which tfjs's has not. */
export class FullReLU extends KerasLayer {
  static readonly className: string = 'Keras3ReLU'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs)
      const { maxValue, negativeSlope, threshold } = this.settings as Record<string, number | null>
      const above = maxValue == null ? x : tf.minimum(x, maxValue)
      const below = tf.mul(tf.sub(x, threshold ?? 0), negativeSlope ?? 0)
      return tf.where(tf.greaterEqual(x, threshold ?? 0), above, below)
    })
  }
}

/** An exponential linear unit that ends at another number than -1. */
export class FullELU extends KerasLayer {
  static readonly className: string = 'Keras3ELU'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs)
      const below = tf.mul(tf.expm1(tf.minimum(x, 0)), this.settings.alpha as number)
      return tf.add(tf.relu(x), below)
    })
  }
}

/** Zeros around, or cuts off, on the axes of space of sequences and volumes. */
export class Border extends KerasLayer {
  static readonly className: string = 'Keras3Border'

  /** What comes on, below zero what goes off, before and behind on each axis. */
  #sides(rank: number): [number, number][] {
    const first = this.settings.dataFormat === 'channelsFirst' ? 2 : 1
    const sides = this.settings.sides as [number, number][]
    return Array.from({ length: rank }, (_, axis) => sides[axis - first] ?? [0, 0])
  }
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = inputShape as tf.Shape
    const sides = this.#sides(shape.length)
    return shape.map((size, axis) => size && size + sides[axis]![0] + sides[axis]![1])
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs)
      const sides = this.#sides(x.rank)
      const cut = sides.map(([before]) => Math.max(0, -before))
      const size = x.shape.map((each, axis) => each - cut[axis]! - Math.max(0, -sides[axis]![1]))
      const inside = tf.slice(x, cut, size)
      return tf.pad(
        inside,
        sides.map((side) => side.map((each) => Math.max(0, each)) as [number, number]),
      )
    })
  }
}

/** Repeats the steps of sequences and the places of volumes. */
export class Repeat extends KerasLayer {
  static readonly className: string = 'Keras3Repeat'

  #times(rank: number): number[] {
    const first = this.settings.dataFormat === 'channelsFirst' ? 2 : 1
    const times = this.settings.times as number[]
    return Array.from({ length: rank }, (_, axis) => times[axis - first] ?? 1)
  }
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = inputShape as tf.Shape
    const times = this.#times(shape.length)
    return shape.map((size, axis) => size && size * times[axis]!)
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs)
      return this.#times(x.rank).reduce<tf.Tensor>((each, times, axis) => {
        if (times === 1) return each
        const shape = [...each.shape]
        const apart = tf.reshape(each, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)])
        const repeated = tf.concat(Array(times).fill(apart), axis + 1)
        return tf.reshape(
          repeated,
          shape.map((size, at) => (at === axis ? size * times : size)),
        )
      }, x)
    })
  }
}

const PlainConv1D: new (config: Config) => tf.layers.Layer = tfjsClass<tf.layers.Layer, Config>(
  'Conv1D',
)

/** A convolution over time that sees no later step, of sequences with channels last. */
export class CausalConv1D extends PlainConv1D {
  static readonly className: string = 'Keras3CausalConv1D'
  readonly settings: Config

  constructor(config: Config) {
    super({ ...config, padding: 'valid' })
    this.settings = config
  }
  get #before(): number {
    const [size, rate] = [this.settings.kernelSize, this.settings.dilationRate ?? 1].map(
      (each) => [each].flat()[0] as number,
    )
    return (size! - 1) * rate!
  }
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    const [batch, time, features] = inputShape as tf.Shape
    return super.computeOutputShape([batch!, time! && time! + this.#before, features!])
  }
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      const x = single(inputs) as tf.Tensor3D
      return super.call(
        tf.pad(x, [
          [0, 0],
          [this.#before, 0],
          [0, 0],
        ]),
        kwargs as never,
      )
    })
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), padding: 'causal' }
  }
}

/** Pictures changed at random in training: nothing happens to them afterwards. */
export class RandomPictures extends KerasLayer {
  static readonly className: string = 'Keras3RandomPictures'
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    if (kwargs.training) {
      throw new ConfigError({
        where: this.name,
        expected: `Keras's ${String(this.settings.of)} cannot be trained with`,
        hint: 'Leave the layer out, and augment in the experiment.',
      })
    }
    return tf.clone(single(inputs))
  }
}
