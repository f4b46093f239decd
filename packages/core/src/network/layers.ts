import './gelu.ts'
import './orthogonal.ts'
import './variance-scaling.ts'
import './regularizers.ts'
import * as tf from '@tensorflow/tfjs'
import { makeBatchNorm } from './batch-norm.ts'
import { makeRnn } from './conv-rnn.ts'
import { makeElu } from './elu.ts'
import { type GruArgs, makeGru, makeGruCell } from './gru.ts'
import type { Layer } from './layer.ts'

/**
 * The layers of tfjs with the defaults of Keras, and typed so that `apply` needs no cast.
 *
 * tfjs fills kernels with truncated normal numbers where Keras uses Glorot's uniform distribution, and its softmax layer works
 * on axis 1 where Keras's takes the last; its recurrent layers have hard sigmoids as gates where Keras's have sigmoids, its LSTM begins with a
 * forget bias of 0 where Keras's begins with 1, and its GRU resets the state before the recurrent kernel, Keras's behind it. These factories follow
 * Keras. Everything else is tfjs's. A layer that comes from tfjs's own factories works in a model just as well, with tfjs's defaults.
 */

type Factories = Omit<typeof tf.layers, 'Layer' | 'RNN' | 'RNNCell' | 'input'>
type Name = keyof Factories

/** A factory of tfjs, whose layer needs no cast. */
type Typed<N extends Name> = (...args: Parameters<Factories[N]>) => Layer<ReturnType<Factories[N]>>

/** The same, where tfjs's type asks for an argument that its code does not need. */
type Optional<N extends Name> = (args?: Parameters<Factories[N]>[0]) => ReturnType<Typed<N>>

/** The same, of a GRU that tfjs has not got. */
type Resetting<N extends 'gru' | 'gruCell'> = (args: GruArgs) => ReturnType<Typed<N>>

/** tfjs's own factory under its better type. */
function own<N extends Name>(name: N): Typed<N> {
  return tf.layers[name] as unknown as Typed<N>
}

/** tfjs's factory, with Keras's defaults under what the caller gives. */
function keras<N extends Name>(
  name: N,
  defaults: object,
  make = tf.layers[name] as (args: never) => unknown,
): Typed<N> {
  const factory = (args: object = {}) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined)
    return make({ ...defaults, ...Object.fromEntries(given) } as never)
  }
  return factory as unknown as Typed<N>
}

function optional<N extends Name>(name: N): Optional<N> {
  return keras(name, {}) as Optional<N>
}

/**
 * tfjs draws the same numbers in each step where a layer has a seed of its own. Here it draws anew in each, as in Keras, from the run's seed, which governs all: that of the layer has no
 * effect.
 */
function drawing<N extends Name>(name: N): Typed<N> {
  const make = tf.layers[name] as (args: object) => unknown
  return ((args: object = {}) => make({ ...args, seed: undefined })) as unknown as Typed<N>
}

const glorotUniform = { kernelInitializer: 'glorotUniform' }
const gated = { ...glorotUniform, recurrentActivation: 'sigmoid' }
const forgetful = { ...gated, unitForgetBias: true }
const resetting = { ...gated, resetAfter: true }

/** Exponential linear unit, of any `alpha`. */
export const elu: Typed<'elu'> = makeElu as Typed<'elu'>
/** Rectified linear unit. */
export const reLU: Typed<'reLU'> = own('reLU')
/** Rectified linear unit with a slope below zero. */
export const leakyReLU: Typed<'leakyReLU'> = own('leakyReLU')
/** Rectified linear unit with a learnt slope below zero. */
export const prelu: Typed<'prelu'> = own('prelu')
/** Softmax, over the last axis unless told otherwise. */
export const softmax: Typed<'softmax'> = keras('softmax', { axis: -1 })
/** Zero below a threshold. */
export const thresholdedReLU: Typed<'thresholdedReLU'> = own('thresholdedReLU')
/** Convolution of sequences `[batch, steps, channels]`. */
export const conv1d: Typed<'conv1d'> = keras('conv1d', glorotUniform)
/** Convolution of images `[batch, height, width, channels]`. */
export const conv2d: Typed<'conv2d'> = keras('conv2d', glorotUniform)
/** Transposed convolution of images. */
export const conv2dTranspose: Typed<'conv2dTranspose'> = keras('conv2dTranspose', glorotUniform)
/** Convolution of volumes. */
export const conv3d: Typed<'conv3d'> = keras('conv3d', glorotUniform)
/** Transposed convolution of volumes. */
export const conv3dTranspose: Typed<'conv3dTranspose'> = keras('conv3dTranspose', glorotUniform)
/** Depthwise, then pointwise convolution. */
export const separableConv2d: Typed<'separableConv2d'> = own('separableConv2d')
/** Cuts rows and columns off images. */
export const cropping2D: Typed<'cropping2D'> = own('cropping2D')
/** Repeats rows and columns of images. */
export const upSampling2d: Typed<'upSampling2d'> = own('upSampling2d')
/** Convolution of each channel by itself. */
export const depthwiseConv2d: Typed<'depthwiseConv2d'> = keras('depthwiseConv2d', {
  depthwiseInitializer: 'glorotUniform',
})
/** An activation by name. */
export const activation: Typed<'activation'> = own('activation')
/** Densely connected: `activation(x · kernel + bias)`. */
export const dense: Typed<'dense'> = keras('dense', glorotUniform)
/** Zeroes a random part of its input in training, another one in each step; a `seed` has no effect, the run's governs. */
export const dropout: Typed<'dropout'> = drawing('dropout')
/** Drops whole channels of sequences in training; a `seed` has no effect. */
export const spatialDropout1d: Typed<'spatialDropout1d'> = drawing('spatialDropout1d')
/** Makes each sample a vector. */
export const flatten: Typed<'flatten'> = own('flatten')
/** Repeats vectors to sequences. */
export const repeatVector: Typed<'repeatVector'> = own('repeatVector')
/** Gives samples another shape. */
export const reshape: Typed<'reshape'> = own('reshape')
/** Permutes the axes of samples. */
export const permute: Typed<'permute'> = own('permute')
/** Vectors for integers. */
export const embedding: Typed<'embedding'> = own('embedding')
/** Sum of inputs of one shape. */
export const add: Typed<'add'> = own('add')
/** Mean of inputs of one shape. */
export const average: Typed<'average'> = own('average')
/** Joins inputs along an axis. */
export const concatenate: Typed<'concatenate'> = own('concatenate')
/** Elementwise maximum of inputs. */
export const maximum: Typed<'maximum'> = own('maximum')
/** Elementwise minimum of inputs. */
export const minimum: Typed<'minimum'> = own('minimum')
/** Product of inputs of one shape. */
export const multiply: Typed<'multiply'> = own('multiply')
/** Dot product of two inputs. */
export const dot: Typed<'dot'> = own('dot')
/** Normalizes over the batch; momentum 0.99, epsilon 1e-3. */
export const batchNormalization: Typed<'batchNormalization'> =
  makeBatchNorm as Typed<'batchNormalization'>
/** Normalizes each sample. */
export const layerNormalization: Typed<'layerNormalization'> = own('layerNormalization')
/** Pads images with zeros. */
export const zeroPadding2d: Typed<'zeroPadding2d'> = own('zeroPadding2d')
/** Mean of each window of a sequence. */
export const averagePooling1d: Typed<'averagePooling1d'> = own('averagePooling1d')
/** Mean of each window of an image. */
export const averagePooling2d: Optional<'averagePooling2d'> = optional('averagePooling2d')
/** Mean of each window of a volume. */
export const averagePooling3d: Typed<'averagePooling3d'> = own('averagePooling3d')
/** Mean over the steps of a sequence. */
export const globalAveragePooling1d: Typed<'globalAveragePooling1d'> = own('globalAveragePooling1d')
/** Mean over height and width. */
export const globalAveragePooling2d: Optional<'globalAveragePooling2d'> =
  optional('globalAveragePooling2d')
/** Maximum over the steps of a sequence. */
export const globalMaxPooling1d: Typed<'globalMaxPooling1d'> = own('globalMaxPooling1d')
/** Maximum over height and width. */
export const globalMaxPooling2d: Optional<'globalMaxPooling2d'> = optional('globalMaxPooling2d')
/** Largest value of each window of a sequence. */
export const maxPooling1d: Typed<'maxPooling1d'> = own('maxPooling1d')
/** Largest value of each window; strides default to the window. */
export const maxPooling2d: Optional<'maxPooling2d'> = optional('maxPooling2d')
/** Largest value of each window of a volume. */
export const maxPooling3d: Typed<'maxPooling3d'> = own('maxPooling3d')
/** Gated recurrent unit, with sigmoid gates and `resetAfter` unless told otherwise; its bias is then [2, 3 * units]. */
export const gru: Resetting<'gru'> = keras('gru', resetting, makeGru)
/** One step of a GRU. */
export const gruCell: Resetting<'gruCell'> = keras('gruCell', resetting, makeGruCell)
/** Long short-term memory, with sigmoid gates and a forget bias that begins at 1 unless told otherwise. */
export const lstm: Typed<'lstm'> = keras('lstm', forgetful)
/** One step of an LSTM. */
export const lstmCell: Typed<'lstmCell'> = keras('lstmCell', forgetful)
/** Fully connected recurrent layer. */
export const simpleRNN: Typed<'simpleRNN'> = keras('simpleRNN', glorotUniform)
/** One step of a simple RNN. */
export const simpleRNNCell: Typed<'simpleRNNCell'> = keras('simpleRNNCell', glorotUniform)
/** LSTM with convolutions; the same defaults. */
export const convLstm2d: Typed<'convLstm2d'> = keras('convLstm2d', forgetful)
/** One step of a convolutional LSTM. */
export const convLstm2dCell: Typed<'convLstm2dCell'> = keras('convLstm2dCell', forgetful)
/** A recurrent layer made of a cell, which may be a convolutional one. */
export const rnn: Typed<'rnn'> = makeRnn as Typed<'rnn'>
/** Several cells as one. */
export const stackedRNNCells: Typed<'stackedRNNCells'> = own('stackedRNNCells')
/** A recurrent layer in both directions. */
export const bidirectional: Typed<'bidirectional'> = own('bidirectional')
/** A layer on every step of a sequence. */
export const timeDistributed: Typed<'timeDistributed'> = own('timeDistributed')
/** Adds noise in training. */
export const gaussianNoise: Typed<'gaussianNoise'> = own('gaussianNoise')
/** Multiplies by noise in training. */
export const gaussianDropout: Typed<'gaussianDropout'> = own('gaussianDropout')
/** Dropout that keeps mean and variance. */
export const alphaDropout: Typed<'alphaDropout'> = own('alphaDropout')
/** Masks steps of a given value. */
export const masking: Typed<'masking'> = own('masking')
/** Scales and shifts its input. */
export const rescaling: Typed<'rescaling'> = own('rescaling')
/** Cuts images to their middle. */
export const centerCrop: Typed<'centerCrop'> = own('centerCrop')
/** Resizes images. */
export const resizing: Typed<'resizing'> = own('resizing')
/** Encodes categories. */
export const categoryEncoding: Typed<'categoryEncoding'> = own('categoryEncoding')
/** Widens or narrows images by a random factor, in inference too. No graph has results of a random size: for the engine `tfjs` alone. */
export const randomWidth: Typed<'randomWidth'> = own('randomWidth')
