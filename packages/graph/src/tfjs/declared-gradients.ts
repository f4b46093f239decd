import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { whereOf } from '../ir/index.ts'
import type { KernelDeclaration } from '../ops/declaration.ts'
import type { KernelGradient } from '../ops/gradients/gradient.ts'
import { currentScope } from '../scope/scope.ts'

/** Puts a gradient in the place of tfjs's; returns the way back. */
export function exchangeGradient(kernel: string, gradient: tf.GradConfig): () => void {
  const original = tf.getGradient(kernel)
  if (original !== undefined) tf.unregisterGradient(kernel)
  tf.registerGradient(gradient)
  return () => {
    tf.unregisterGradient(kernel)
    if (original !== undefined) tf.registerGradient(original)
  }
}

/** A derivative is part of another one's program: what it computes is differentiated again. */
export function isNested(): boolean {
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
export function keepingInputs({ kernel, examples }: KernelDeclaration): tf.GradConfig | undefined {
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
export function gradientConfig(
  kernelName: string,
  gradient: KernelGradient<unknown>,
): tf.GradConfig {
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
      const others = names.map((name) => [
        name,
        () => {
          if (refused[name] !== undefined) throw noDerivative(kernelName, name, refused[name])
          return tf.zeros(named[name]?.shape ?? [])
        },
      ])
      return { ...Object.fromEntries(others), ...derivatives }
    },
  }
}

function noDerivative(kernel: string, input: string, reason: string): EngineError {
  return new EngineError({
    where: whereOf({ op: kernel, scope: currentScope() }),
    expected: `nothing that is trained must lead to its ${input}`,
    hint: reason,
  })
}
