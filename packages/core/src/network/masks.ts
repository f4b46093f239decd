import * as tf from '@tensorflow/tfjs'
import { isContainer } from './children.ts'
import { ruleOf } from './layer-rules.ts'
import type { Mask, Tensors } from './rule-args.ts'

/** Masks by the tensor that they belong to. Not tfjs's own `kerasMask`: a tensor that is disposed of takes that with it, and several share one. */
const masks = new WeakMap<tf.Tensor, tf.Tensor>()

/** Masks that live until whoever asked for them is done. */
let kept: Set<tf.Tensor> | undefined

/**
 * Runs `fn`, in which masks go along with tensors: layers set them, take them, pass them on or stop them. They end with it.
 */
export function withMasks<T>(fn: () => T): T {
  if (kept !== undefined) return fn()
  const own = new Set<tf.Tensor>()
  kept = own
  try {
    return fn()
  } finally {
    kept = undefined
    for (const mask of own) mask.dispose()
  }
}

/** The mask that a tensor carries, within {@link withMasks}. */
export function maskOf(tensor: tf.Tensor): Mask {
  const mask = masks.get(tensor)
  return mask === undefined || mask.isDisposed ? undefined : mask
}

/** The masks of a layer's inputs, as `call` is told of them: one, a list, or undefined where there is none. */
export function masksOf(inputs: Tensors): Mask | Mask[] {
  if (!Array.isArray(inputs)) return maskOf(inputs)
  const each = inputs.map(maskOf)
  if (each.length === 1) return each[0]
  return each.some((mask) => mask !== undefined) ? each : undefined
}

/**
 * Gives a layer's outputs the masks that it computes, as Keras does: a layer that does not support masks stops them, unless what it returns carries one from inside.
 */
export function carryMasks(layer: tf.layers.Layer, inputs: Tensors, outputs: Tensors): void {
  if (kept === undefined || !supportsMasks(layer)) return
  const given = Array.isArray(inputs) && inputs.length === 1 ? inputs[0]! : inputs
  const before = masksOf(given)
  const own = ruleOf(layer)?.computeMask
  const computed = own
    ? own(layer, given, before)
    : (layer.computeMask(given, (before ?? null) as tf.Tensor) as MaskResult)
  const found = [computed].flat()
  for (const [index, output] of [outputs].flat().entries()) {
    const mask = found[index]
    if (mask != null && maskOf(output) === undefined) masks.set(output, keep(mask))
  }
}

type MaskResult = tf.Tensor | null | undefined | (tf.Tensor | null | undefined)[]

/** Whoever says how it computes masks supports them. */
function supportsMasks(layer: tf.layers.Layer): boolean {
  const rule = ruleOf(layer)?.computeMask
  const isOwn = layer.computeMask !== tf.layers.Layer.prototype.computeMask
  return rule !== undefined || layer.supportsMasking || (isOwn && !isContainer(layer))
}

/** The same numbers in a tensor that no tidy frees, for a mask that is computed within one goes beyond it, and that no derivative goes through. */
function keep(mask: tf.Tensor): tf.Tensor {
  if (kept!.has(mask)) return mask
  const { dataId, shape, dtype } = mask
  tf.backend().incRef(dataId)
  const copy = tf.keep(tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }))
  kept!.add(copy)
  return copy
}
