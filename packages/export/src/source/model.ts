import {
  listOf,
  type Model,
  type Signature,
  type Tensors,
  uniqueNames,
  type WeightNumbers,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { type ExportSource, type InputSpecs, nameOutputs, withSharedBatch } from './source.ts'

/**
 * A Model as it can be exported: its one input is `input`, several are `input1`, `input2`, ... unless `inputs` names them, in the order in which
 * `call` takes them.
 *
 * @throws ConfigError when the model is not built and no inputs are given, and for stateful layers.
 */
export function modelSource(model: Model, inputs: InputSpecs | undefined): ExportSource {
  refuseStates(model)
  const signature = model.signature()
  const specs = withSharedBatch(inputs ?? namedInputs(signature) ?? builtInputs(model))
  const names = Object.keys(specs)
  const outputNames = uniqueNames(signature?.outputs ?? [])
  return {
    name: model.getClassName(),
    inputs: specs,
    ...(!signature?.isForeign && { isExact: true as const }),
    weights: () => weightsOf(model),
    moveWeights: (move) => moveWeightsOf(model, move),
    isBatched: true,
    run: (tensors) => {
      const given = names.map((name) => tensors[name]!)
      const outputs = model.apply<Tensors>(given.length === 1 ? given[0]! : given)
      const list = listOf(outputs)
      if (list.length !== outputNames.length) return nameOutputs(outputs)
      return Object.fromEntries(list.map((each, index) => [outputNames[index]!, each]))
    },
  }
}

/** Inputs under the names that the model says; undefined where it says none, or not all shapes. */
function namedInputs(signature: Signature | undefined): InputSpecs | undefined {
  const inputs = signature?.inputs ?? []
  if (inputs.length === 0 || inputs.some(({ shape }) => shape === undefined)) return undefined
  return Object.fromEntries(
    inputs.map(({ name, shape, dtype }) => [name, { shape: shape!, dtype }]),
  )
}

/** The weights of a model as numbers. What is not trained may be a mask. */
export function* weightsOf(model: Model): Generator<WeightNumbers> {
  for (const { name, variable, trainable } of model.namedWeights()) {
    const data = variable.dataSync() as TypedArray
    yield { name, data, fanIn: fanInOf(variable.shape), infinities: trainable ? 'none' : 'masks' }
  }
}

/** Kernels have their outputs last; what has one axis is added or multiplied with, once. */
export function fanInOf(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((product, size) => product * size, 1)
}

/** See `ExportSource.moveWeights`. */
export function moveWeightsOf(
  model: Model,
  move: (name: string, data: Float32Array) => Float32Array,
): () => void {
  const before = model
    .namedWeights()
    .filter(({ variable }) => variable.dtype === 'float32')
    .map(({ name, variable }) => ({ name, variable, data: variable.dataSync().slice() }))
  const assign = (variable: tf.Variable, data: TypedArray) => {
    const tensor = tf.tensor(data as Float32Array, variable.shape, 'float32')
    variable.assign(tensor)
    tensor.dispose()
  }
  for (const { name, variable, data } of before) assign(variable, move(name, data as Float32Array))
  return () => {
    for (const { variable, data } of before) assign(variable, data as Float32Array)
  }
}

/** @throws ConfigError for a model with layers that keep states from batch to batch: a file has no memory. */
export function refuseStates(model: Model): void {
  if (!model.stateful) return
  const found = model.sublayers().find(({ layer }) => layer.stateful)
  throw new ConfigError({
    where: `${model.getClassName()} export`,
    expected: 'no layer must be stateful: a file keeps nothing from one call to the next',
    given: found?.path,
    hint: 'Make the layer with returnState and without stateful, and take its states as inputs: rnn.apply(x, { initialState }).',
  })
}

function builtInputs(model: Model): InputSpecs {
  const shape = model.inputShape
  if (shape === undefined) {
    throw new ConfigError({
      where: `${model.getClassName()} export`,
      expected: 'the model must be built, or `inputs` given',
      hint: 'Call build([null, ...inputShape]), fit or predict first.',
    })
  }
  const isList = Array.isArray(shape[0])
  if (!isList) return { input: { shape: shape as readonly (number | null)[] } }
  return Object.fromEntries(
    (shape as readonly (readonly (number | null)[])[]).map((each, index) => [
      `input${index + 1}`,
      { shape: each },
    ]),
  )
}
