import * as tf from '@tensorflow/tfjs'
import { anyBatchNorm, maskedBatchNorm } from './batch-norm.ts'
import { boundedRelu } from './bounded-relu.ts'
import { encodeCategories } from './category-encoding.ts'
import { causal } from './causal.ts'
import { dilatedConv2d, undilatedOnly } from './dilated.ts'
import { layerNorm } from './layer-norm.ts'
import { beginSequence, keepStates } from './recurrent-state.ts'
import type { Mask, RuleArgs, Tensors } from './rule-args.ts'
import { softmaxOver } from './softmax-axis.ts'
import { tfjsClass } from './tfjs-class.ts'

/** Where layers of a class of tfjs do in a model what Keras's do, and tfjs's do not. */
export interface LayerRule {
  /** In the place of `call`. */
  call?(layer: tf.layers.Layer, args: RuleArgs): Tensors
  /** In the place of `computeMask`. */
  computeMask?(layer: tf.layers.Layer, inputs: Tensors, masks: Mask | Mask[]): Mask | Mask[]
  /** When it becomes part of a model, maybe before it is built. */
  joined?(layer: tf.layers.Layer): void
  /** What it is built from, of the shapes of all that it is called with. */
  builtFrom?(shapes: unknown): unknown
  /** After `build`. */
  built?(layer: tf.layers.Layer): void
}

interface Wrapper {
  readonly layer: tf.layers.Layer
}

/** A cell called by itself, with its states behind its input. tfjs's wants the shape of the input alone. */
const cell: LayerRule = {
  builtFrom: (shapes) => (Array.isArray(shapes) && Array.isArray(shapes[0]) ? shapes[0] : shapes),
}

const merged: LayerRule = { computeMask: (_, __, masks) => anyMask(masks) }

/** By the name under which tfjs knows the class. A rule holds for classes derived of it too. */
const RULES: Readonly<Record<string, LayerRule>> = {
  Add: merged,
  Average: merged,
  Maximum: merged,
  Minimum: merged,
  Multiply: merged,
  Concatenate: { computeMask: joinedMask },
  BatchNormalization: {
    call(layer, { inputs, mask, training, kwargs, call }) {
      if (training && isOne(mask)) return maskedBatchNorm(layer, one(inputs), mask)
      return anyBatchNorm(layer, one(inputs), (x) => one(call(kwargs, x)))
    },
  },
  LayerNormalization: { call: layerNorm },
  Softmax: { call: softmaxOver },
  ReLU: { call: boundedRelu },
  Conv1D: { call: causal },
  // Derived of Conv2D and Conv3D in tfjs: they come first.
  Conv2DTranspose: { call: undilatedOnly },
  Conv3DTranspose: { call: undilatedOnly },
  Conv2D: { call: dilatedConv2d },
  CategoryEncoding: { call: encodeCategories },
  AlphaDropout: {
    // tfjs gives what is dropped the wrong sign.
    call: (layer, args) => (args.training ? alphaDropout(layer, args) : args.call()),
  },
  GlobalAveragePooling1D: {
    computeMask: () => undefined,
    call(_, { inputs, mask, call }) {
      if (!isOne(mask)) return call()
      const counts = tf.expandDims(tf.cast(mask, 'float32'), 2)
      return tf.tidy(() => tf.div(tf.sum(tf.mul(one(inputs), counts), 1), tf.sum(counts, 1)))
    },
  },
  SimpleRNNCell: cell,
  GRUCell: cell,
  LSTMCell: cell,
  StackedRNNCells: cell,
  RNN: { call: beginSequence, joined: keepStates },
  Bidirectional: {
    call(layer, { mask, call }) {
      const outputs = call()
      const { returnSequences, mergeMode } = layer as unknown as {
        returnSequences: boolean
        mergeMode: unknown
      }
      if (!isOne(mask) || !returnSequences) return outputs
      // Keras gives zeros for steps that do not count, where one direction alone repeats its last output.
      const counts = tf.expandDims(tf.cast(mask, 'float32'), -1)
      const all = [outputs].flat()
      const sequences = mergeMode == null ? 2 : 1
      const zeroed = all.map((each, index) => (index < sequences ? tf.mul(each, counts) : each))
      return Array.isArray(outputs) ? zeroed : zeroed[0]!
    },
  },
  TimeDistributed: {
    // The layer inside says what its input must be; how many steps there are, and samples, is not fixed.
    built: (layer) => Object.assign(layer, { inputSpec: [new tf.InputSpec({ minNDim: 3 })] }),
    call: overSteps,
  },
}

let classes: (readonly [type: new (args: object) => tf.layers.Layer, rule: LayerRule])[] | undefined
const known = new WeakMap<tf.layers.Layer, LayerRule | false>()

/** The rule for a layer; undefined where it is as tfjs has it. */
export function ruleOf(layer: tf.layers.Layer): LayerRule | undefined {
  let rule = known.get(layer)
  if (rule === undefined) {
    classes ??= Object.entries(RULES).map(
      ([name, each]) => [tfjsClass<tf.layers.Layer>(name), each] as const,
    )
    rule = classes.find(([type]) => layer instanceof type)?.[1] ?? false
    known.set(layer, rule)
  }
  return rule === false ? undefined : rule
}

/** Klambauer et al. 2017: what is dropped gets the value that a SELU saturates at; mean and variance stay. */
function alphaDropout(layer: tf.layers.Layer, { inputs, call }: RuleArgs): Tensors {
  const { rate, noiseShape } = layer as unknown as { rate: number; noiseShape?: number[] }
  if (rate <= 0 || rate >= 1) return call()
  const x = one(inputs)
  const dropped = -1.6732632423543772 * 1.0507009873554805
  const scale = ((1 - rate) * (1 + rate * dropped ** 2)) ** -0.5
  return tf.tidy(() => {
    const uniform = tf.randomUniform(noiseShape ?? x.shape)
    const kept = tf.cast(tf.greaterEqual(uniform, rate), 'float32')
    const mixed = tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), dropped))
    return tf.add(tf.mul(mixed, scale), -scale * dropped * rate)
  })
}

/** A step counts where it does in any input; all do where one input has no mask. */
function anyMask(masks: Mask | Mask[]): Mask {
  if (!Array.isArray(masks) || masks.some((mask) => mask === undefined)) return undefined
  return (masks as tf.Tensor[]).reduce((sum, mask) => tf.logicalOr(sum, mask))
}

/** What is joined along time keeps its masks side by side; along features a step counts where it does in any input. */
function joinedMask(layer: tf.layers.Layer, inputs: Tensors, masks: Mask | Mask[]): Mask {
  if (!Array.isArray(masks) || !Array.isArray(inputs)) return undefined
  const { axis } = layer as unknown as { axis: number }
  return tf.tidy(() => {
    const each = inputs.map((input, index) => {
      const mask = masks[index]
      if (mask === undefined) return tf.cast(tf.onesLike(input), 'bool')
      if (mask.rank === input.rank) return mask
      return tf.logicalOr(tf.expandDims(mask, -1), tf.cast(tf.zerosLike(input), 'bool'))
    })
    return tf.any(tf.concat(each, axis), -1)
  })
}

/**
 * All steps at once as samples, where the layer has no statistics to learn: one step after the other makes those of each step. A mask of more than batch and steps is that of the layer
 * inside.
 */
function overSteps(
  wrapper: tf.layers.Layer,
  { inputs, mask, training, kwargs }: RuleArgs,
): Tensors {
  const { layer } = wrapper as unknown as Wrapper
  const x = one(inputs)
  const inner = isOne(mask) && mask.rank > 2 ? mask : undefined
  const run = (given: tf.Tensor, own: Mask) => {
    const outputs = layer.call(given, { ...kwargs, mask: own })
    return Array.isArray(outputs) ? outputs[0]! : outputs
  }
  const [batch, time, ...rest] = x.shape as [number, number, ...number[]]
  return tf.tidy(() => {
    if (training && layer.weights.length > layer.trainableWeights.length && layer.trainable) {
      const steps = tf.unstack(x, 1).map((step, t) => run(step, inner && at(inner, t)))
      return tf.stack(steps, 1)
    }
    const masks = inner && tf.reshape(inner, [batch * time, ...inner.shape.slice(2)])
    const y = run(tf.reshape(x, [batch * time, ...rest]), masks)
    return tf.reshape(y, [batch, time, ...y.shape.slice(1)])
  })
}

function at(tensor: tf.Tensor, step: number): tf.Tensor {
  return tf.squeeze(tf.slice(tensor, [0, step], [-1, 1]), [1])
}

function isOne(mask: Mask | Mask[]): mask is tf.Tensor {
  return mask !== undefined && !Array.isArray(mask)
}

function one(inputs: Tensors): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs
}
