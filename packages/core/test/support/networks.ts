import * as tf from '@tensorflow/tfjs'
import { layers, Model } from '../../src/index.ts'

// Networks of the usual kinds, as small as they can be: what people write, with layers and with plain tensor code.

type Tensor = tf.Tensor

/** A network, how large its images or sequences are, and what it takes and gives. */
export interface Network {
  make(size: number): Model
  /** Without the batch. */
  input(size: number): readonly number[]
  labels(size: number): readonly number[]
  readonly classes: number
  /** Inputs are whole numbers below this. */
  readonly ids?: number
  /** The sizes that it is tried at. */
  readonly sizes: readonly [number, number]
}

class Normed extends Model {
  readonly conv
  readonly norm = layers.batchNormalization()

  constructor(filters: number, kernelSize: number, strides = 1) {
    super()
    this.conv = layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })
  }

  override call(x: Tensor): Tensor {
    return this.norm.apply(this.conv.apply(x))
  }
}

/** Inverted residuals (Sandler et al. 2018). */
class Mobile extends Model {
  readonly stem = new Normed(16, 3, 2)
  readonly expand = new Normed(32, 1)
  readonly depthwise = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false })
  readonly norm = layers.batchNormalization()
  readonly relus = [0, 1].map(() => layers.reLU({ maxValue: 6 }))
  readonly project = new Normed(16, 1)
  readonly pool = layers.globalAveragePooling2d()
  readonly head = layers.dense({ units: 3 })

  override call(inputs: Tensor): Tensor {
    const x = this.stem.apply(inputs) as Tensor
    const wide = this.relus[0]!.apply(this.expand.apply(x) as Tensor)
    const deep = this.relus[1]!.apply(this.norm.apply(this.depthwise.apply(wide)))
    return this.head.apply(this.pool.apply(tf.add(x, this.project.apply(deep) as Tensor)))
  }
}

class Attention extends Model {
  readonly width: number
  readonly heads: number
  readonly isCausal: boolean
  readonly projections
  readonly dropout = layers.dropout({ rate: 0 })

  constructor(width: number, heads: number, isCausal: boolean) {
    super()
    this.width = width
    this.heads = heads
    this.isCausal = isCausal
    this.projections = [0, 1, 2, 3].map(() => layers.dense({ units: width }))
  }

  override call(x: Tensor): Tensor {
    const [batch, steps] = x.shape as [number, number]
    const split = (index: number) => {
      const projected = this.projections[index]!.apply(x)
      const parts = [batch, steps, this.heads, this.width / this.heads]
      return tf.transpose(tf.reshape(projected, parts), [0, 2, 1, 3])
    }
    const [query, key, value] = [0, 1, 2].map(split) as [Tensor, Tensor, Tensor]
    const scale = 1 / Math.sqrt(this.width / this.heads)
    let scores: Tensor = tf.mul(tf.matMul(query, key, false, true), scale)
    if (this.isCausal) {
      const seen = tf.linalg.bandPart(tf.ones([steps, steps]), -1, 0)
      scores = tf.add(scores, tf.mul(tf.sub(1, seen), -1e9))
    }
    const mixed = tf.matMul(this.dropout.apply(tf.softmax(scores)), value)
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, steps, this.width])
    return this.projections[3]!.apply(joined)
  }
}

class TransformerBlock extends Model {
  readonly norms = [0, 1].map(() => layers.layerNormalization({ epsilon: 1e-5 }))
  readonly attention
  readonly wide
  readonly narrow
  readonly activate

  constructor(width: number, isCausal: boolean, activate: (x: Tensor) => Tensor) {
    super()
    this.attention = new Attention(width, 2, isCausal)
    this.wide = layers.dense({ units: 2 * width })
    this.narrow = layers.dense({ units: width })
    this.activate = activate
  }

  override call(x: Tensor): Tensor {
    const attended = tf.add(x, this.attention.apply(this.norms[0]!.apply(x)) as Tensor)
    const hidden = this.activate(this.wide.apply(this.norms[1]!.apply(attended)))
    return tf.add(attended, this.narrow.apply(hidden))
  }
}

const gelu = (x: Tensor): Tensor =>
  tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))

const tanhGelu = (x: Tensor): Tensor => {
  const inner = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
}

/** Token numbers in; a class for the sequence, or for each token of a causal one. */
class Transformer extends Model {
  readonly steps: number
  readonly isCausal: boolean
  readonly tokens = layers.embedding({ inputDim: 7, outputDim: 8 })
  readonly places
  readonly blocks
  readonly pool = layers.globalAveragePooling1d()
  readonly head

  constructor(steps: number, isCausal: boolean) {
    super()
    this.steps = steps
    this.isCausal = isCausal
    this.places = layers.embedding({ inputDim: steps, outputDim: 8 })
    const activate = isCausal ? tanhGelu : gelu
    this.blocks = [0, 1].map(() => new TransformerBlock(8, isCausal, activate))
    this.head = layers.dense({ units: isCausal ? 7 : 3 })
  }

  override call(x: Tensor): Tensor {
    const places = this.places.apply(tf.range(0, this.steps, 1, 'int32'))
    let y: Tensor = tf.add(this.tokens.apply(x), places)
    for (const block of this.blocks) y = block.apply(y) as Tensor
    return this.head.apply(this.isCausal ? y : this.pool.apply(y))
  }
}

/** Patches and a token for the class (Dosovitskiy et al. 2020). */
class Vision extends Model {
  readonly patches = layers.conv2d({ filters: 8, kernelSize: 2, strides: 2 })
  readonly token = layers.embedding({ inputDim: 1, outputDim: 8 })
  readonly block = new TransformerBlock(8, false, gelu)
  readonly head = layers.dense({ units: 3 })

  override call(x: Tensor): Tensor {
    const patches = this.patches.apply(x)
    const [batch, height, width] = patches.shape as [number, number, number]
    const token = tf.expandDims(this.token.apply(tf.zeros([1], 'int32')), 0)
    const rows = tf.reshape(patches, [batch, height * width, 8])
    const y = this.block.apply(tf.concat([tf.tile(token, [batch, 1, 1]), rows], 1)) as Tensor
    return this.head.apply(tf.squeeze(tf.slice(y, [0, 0, 0], [-1, 1, -1]), [1]))
  }
}

/** Wide depthwise windows and layer norm (Liu et al. 2022). */
class ConvNext extends Model {
  readonly stem = layers.conv2d({ filters: 16, kernelSize: 2, strides: 2 })
  readonly depthwise = layers.depthwiseConv2d({ kernelSize: 7, padding: 'same' })
  readonly norm = layers.layerNormalization({ epsilon: 1e-6 })
  readonly wide = layers.dense({ units: 32 })
  readonly narrow = layers.dense({ units: 16 })
  readonly pool = layers.globalAveragePooling2d()
  readonly head = layers.dense({ units: 3 })

  override call(inputs: Tensor): Tensor {
    const x = this.stem.apply(inputs)
    const wide = gelu(this.wide.apply(this.norm.apply(this.depthwise.apply(x))))
    return this.head.apply(this.pool.apply(tf.add(x, this.narrow.apply(wide))))
  }
}

/** A class for each pixel (Ronneberger et al. 2015). */
class UNet extends Model {
  readonly down = new Normed(4, 3)
  readonly pool = layers.maxPooling2d({ poolSize: 2 })
  readonly middle = new Normed(6, 3)
  readonly up = layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 })
  readonly head = layers.conv2d({ filters: 3, kernelSize: 1 })

  override call(x: Tensor): Tensor {
    const fine = tf.relu(this.down.apply(x) as Tensor)
    const coarse = tf.relu(this.middle.apply(this.pool.apply(fine)) as Tensor)
    return this.head.apply(tf.concat([this.up.apply(coarse), fine], 3))
  }
}

class Sequences extends Model {
  readonly first = layers.conv1d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'relu' })
  readonly pool = layers.maxPooling1d({ poolSize: 2 })
  readonly second = layers.conv1d({ filters: 5, kernelSize: 3, padding: 'causal' })
  readonly mean = layers.globalAveragePooling1d()
  readonly head = layers.dense({ units: 3 })

  override call(x: Tensor): Tensor {
    const y = this.second.apply(this.pool.apply(this.first.apply(x)))
    return this.head.apply(this.mean.apply(y))
  }
}

/** Categories by embeddings, side by side. */
class Table extends Model {
  readonly embeddings = [0, 1, 2].map(() => layers.embedding({ inputDim: 5, outputDim: 3 }))
  readonly hidden = layers.dense({ units: 6, activation: 'relu' })
  readonly dropout = layers.dropout({ rate: 0 })
  readonly head = layers.dense({ units: 3 })

  override call(x: Tensor): Tensor {
    const columns = this.embeddings.map((each, at) =>
      tf.squeeze(each.apply(tf.slice(x, [0, at], [-1, 1])), [1]),
    )
    return this.head.apply(this.dropout.apply(this.hidden.apply(tf.concat(columns, 1))))
  }
}

const images = (make: () => Model): Network => ({
  make,
  input: (size) => [size, size, 3],
  labels: () => [],
  classes: 3,
  sizes: [8, 12],
})

const sequence = { input: (size: number) => [size], sizes: [6, 9] as const, ids: 7 }

/** By name. */
export const networks: Readonly<Record<string, Network>> = {
  mobile: images(() => new Mobile()),
  'vision transformer': images(() => new Vision()),
  'ConvNeXt block': images(() => new ConvNext()),
  'U-Net': { ...images(() => new UNet()), labels: (size) => [size, size] },
  encoder: {
    ...sequence,
    make: (size) => new Transformer(size, false),
    labels: () => [],
    classes: 3,
  },
  'causal transformer': {
    ...sequence,
    make: (size) => new Transformer(size, true),
    labels: (size) => [size],
    classes: 7,
  },
  'convolutions of sequences': {
    make: () => new Sequences(),
    input: (size) => [size, 4],
    labels: () => [],
    classes: 3,
    sizes: [10, 16],
  },
  table: {
    make: () => new Table(),
    input: () => [3],
    labels: () => [],
    classes: 3,
    ids: 5,
    sizes: [3, 3],
  },
}
