import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { namedInput, type Value } from '../ir/index.ts'
import type { KernelDeclaration } from '../ops/declaration.ts'
import type { KernelGradient } from '../ops/gradients/gradient.ts'
import { listKernels } from '../ops/registry.ts'
import { activeRecorder } from './backend.ts'
import { currentScope } from './scope.ts'

/** Gives kernels the gradients of their declarations while a program is captured; returns the way back. */
export function useCaptureGradients(): () => void {
  const restores = [
    ...listKernels().flatMap((declaration) => {
      const { kernel, gradient } = declaration
      const config =
        gradient === undefined
          ? keepingInputs(declaration)
          : gradientConfig(kernel, gradient as never)
      return config === undefined ? [] : [exchange(kernel, config)]
    }),
    useClosedBatchNorm(),
  ]
  return () => {
    for (const restore of restores.reverse()) restore()
  }
}

/** Puts a gradient in the place of tfjs's. */
function exchange(kernel: string, gradient: tf.GradConfig): () => void {
  const original = tf.getGradient(kernel)
  if (original !== undefined) tf.unregisterGradient(kernel)
  tf.registerGradient(gradient)
  return () => {
    tf.unregisterGradient(kernel)
    if (original !== undefined) tf.registerGradient(original)
  }
}

/** A derivative is part of another one's program: what it computes is differentiated again. */
function isNested(): boolean {
  return tf.engine().state.gradientDepth > 0
}

/**
 * The outputs of a call, computed again. tfjs keeps copies of outputs for the way back, and has forgotten by then what they came from: a derivative
 * that is made of them could not be differentiated again. Merging of equal nodes makes one of both.
 */
function outputsAgain(kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor[] {
  const outputs = tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap) as
    | tf.Tensor
    | tf.Tensor[]
  return Array.isArray(outputs) ? outputs : [outputs]
}

/** A gradient of tfjs that is made of outputs, with the inputs at hand as well; undefined for all others. */
function keepingInputs({ kernel, examples }: KernelDeclaration): tf.GradConfig | undefined {
  const original = tf.getGradient(kernel)
  const { outputsToSave = [], inputsToSave = [], saveAllInputs } = original ?? {}
  if (original === undefined || saveAllInputs || !outputsToSave.includes(true)) return undefined
  const [first, ...others] = examples.map(({ inputs }) => Object.keys(inputs))
  const names = (first ?? []).filter((name) => others.every((each) => each.includes(name)))
  if (names.length === 0 || names.includes('0')) return undefined
  return {
    kernelName: kernel,
    inputsToSave: names,
    outputsToSave,
    gradFunc(dy, saved, attrs) {
      const inputs = Object.fromEntries(names.map((name, index) => [name, saved[index]!]))
      const outputs = isNested()
        ? outputsAgain(kernel, inputs, attrs).filter((_, index) => outputsToSave[index])
        : saved.slice(names.length)
      return original.gradFunc(
        dy,
        [...inputsToSave.map((name) => inputs[name]!), ...outputs],
        attrs,
      )
    },
  }
}

/** A declared gradient as tfjs takes it. */
function gradientConfig(kernelName: string, gradient: KernelGradient<unknown>): tf.GradConfig {
  const { inputs, savesOutputs = 0, refused = {} } = gradient
  return {
    kernelName,
    ...(inputs === 'list' ? { saveAllInputs: true } : { inputsToSave: [...inputs] }),
    outputsToSave: Array.from({ length: savesOutputs }, () => true),
    gradFunc(dy, saved, attrs) {
      const dys = Array.isArray(dy) ? dy : [dy]
      const kept = saved.length - savesOutputs
      const given = saved.slice(0, kept)
      const names = inputs === 'list' ? given.map((_, index) => String(index)) : inputs
      const named = Object.fromEntries(names.map((name, index) => [name, given[index]!]))
      const derivatives = gradient.by({
        dy: dys[0]!,
        dys,
        inputs: named,
        outputs:
          savesOutputs > 0 && isNested()
            ? outputsAgain(kernelName, named, attrs)
            : saved.slice(kept),
        attrs,
      })
      return Object.fromEntries(
        names.map((name) => [
          name,
          derivatives[name] ??
            (() => {
              if (refused[name] !== undefined) throw noDerivative(kernelName, name, refused[name])
              return tf.zeros(named[name]?.shape ?? [])
            }),
        ]),
      )
    },
  }
}

function noDerivative(kernel: string, input: string, reason: string): EngineError {
  const layer = currentScope()
  return new EngineError({
    where: layer === '' ? kernel : `${layer} (${kernel})`,
    expected: `nothing that is trained must lead to its ${input}`,
    hint: reason,
  })
}

/**
 * tfjs differentiates a batch norm in training as separate chains through mean and variance, some thirty kernels. When
 * mean and variance are the moments of the very input, the whole derivative by that input has a closed form of two reductions
 * (Ioffe and Szegedy 2015, section 3): it is returned as the gradient by `x`, and zeros by mean and variance.
 */
function useClosedBatchNorm(): () => void {
  const original = tf.getGradient(tf.FusedBatchNorm)
  if (original === undefined) return () => undefined
  return exchange(tf.FusedBatchNorm, {
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved as tf.Tensor[]
      if (!areMomentsOf(mean!, variance!, x!)) return original.gradFunc(dy, saved, attrs)
      let grads: tf.Tensor[] | undefined
      const grad = (index: number) => () => {
        grads ??= closedForm(
          dy as tf.Tensor,
          x!,
          mean!,
          variance!,
          scale ?? tf.ones(mean!.shape),
          attrs,
        )
        return grads[index]!
      }
      const none = () => tf.zeros(mean!.shape)
      return { x: grad(0), mean: none, variance: none, scale: grad(1), offset: grad(2) }
    },
  })
}

function closedForm(
  dy: tf.Tensor,
  x: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  scale: tf.Tensor,
  attrs: tf.NamedAttrMap,
): tf.Tensor[] {
  const inputs = { dy, x, mean, variance, scale } as unknown as tf.NamedTensorMap
  return tf.engine().runKernel('FusedBatchNormGrad', inputs, attrs) as unknown as tf.Tensor[]
}

/** Whether mean and variance were computed from `x` by tf.moments over all axes but the last. */
function areMomentsOf(mean: tf.Tensor, variance: tf.Tensor, x: tf.Tensor): boolean {
  const recorder = activeRecorder()
  if (recorder === undefined || mean.rank !== 1) return false
  const input = source(recorder.valueOf(x))
  const meanOf = (value: Value): Value | undefined => {
    const node = source(value).node
    if (node?.op !== 'Mean') return undefined
    const operand = namedInput(node, 'x')!
    return reducesAllButLast(operand, node.attrs.axis) ? operand : undefined
  }
  const averaged = meanOf(recorder.valueOf(mean))
  if (averaged === undefined || source(averaged) !== input) return false
  // variance = mean(square(x - mean))
  const squared = meanOf(recorder.valueOf(variance))?.node
  if (squared?.op !== 'Square') return false
  const difference = source(squared.inputs[0]!).node
  if (difference?.op !== 'Sub') return false
  const [left, right] = difference.inputs
  return (
    source(left!) === input && meanOf(right!) !== undefined && source(meanOf(right!)!) === input
  )
}

/** The value itself, behind reshapes, copies and casts that change no number. */
function source(value: Value): Value {
  const node = value.node
  const passes =
    node?.op === 'Reshape' ||
    node?.op === 'Identity' ||
    (node?.op === 'Cast' && node.inputs[0]!.dtype === value.dtype)
  return passes ? source(node!.inputs[0]!) : value
}

function reducesAllButLast(operand: Value, axis: unknown): boolean {
  const rank = operand.shape.length
  const axes = (Array.isArray(axis) ? (axis as number[]) : [axis as number]).map((each) =>
    each < 0 ? each + rank : each,
  )
  return axes.length === rank - 1 && !axes.includes(rank - 1)
}
