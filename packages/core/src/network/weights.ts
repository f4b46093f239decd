import type * as tf from '@tensorflow/tfjs'
import { childrenOf, join } from './children.ts'
import { variablesIn } from './fields.ts'
import { internals } from './layer.ts'

/** A weight of a model under its readable name. */
export interface NamedWeight {
  /** Field path and the weight's own name: `block1.conv1.kernel`, `norm.moving_mean`. */
  readonly name: string
  /** The live value; assign to it to change the weight. */
  readonly variable: tf.Variable
  readonly shape: readonly number[]
  /** Whether an optimizer may change it: moving statistics and frozen layers are not trainable. */
  readonly trainable: boolean
  /** Projects a new value back into the allowed set, where the layer was given a constraint. */
  readonly constrain: ((value: tf.Tensor) => tf.Tensor) | undefined
  /** The layer it belongs to. */
  readonly layer: tf.layers.Layer
}

/** A weight as tfjs-layers holds it, with its name; a `tf.variable` in a field has no holder. */
export interface FoundWeight extends NamedWeight {
  readonly holder: tf.LayerVariable | undefined
}

/** What tfjs-layers keeps to itself. `read()` would refuse a variable that is disposed of already. */
interface HolderInternals {
  readonly val: tf.Variable
  readonly constraint: { apply(value: tf.Tensor): tf.Tensor } | null
}

/**
 * All weights of a built layer or model, depth first in the order of its fields; within a layer the trainable ones come
 * first, then each `tf.variable` in its fields, under their names: running statistics, counters, anything that the model keeps. No optimizer changes those. A weight that is reached twice
 * counts once, under its first name.
 */
export function findWeights(root: tf.layers.Layer): FoundWeight[] {
  const found: FoundWeight[] = []
  const seen = new Set<unknown>()
  const used = new Map<string, number>()
  const unused = (plain: string) => {
    const count = used.get(plain) ?? 0
    used.set(plain, count + 1)
    return count === 0 ? plain : `${plain}_${count}`
  }
  const enter = (layer: tf.layers.Layer, path: string, trainable: boolean) => {
    if (seen.has(layer)) return
    seen.add(layer)
    const allowed = trainable && layer.trainable
    for (const holder of ownWeights(layer)) {
      if (seen.has(holder)) continue
      seen.add(holder)
      const { constraint, val } = holder as unknown as HolderInternals
      seen.add(val)
      found.push({
        name: unused(join(path, holder.originalName.split('/').at(-1)!)),
        holder,
        variable: val,
        shape: holder.shape as number[],
        trainable: allowed && holder.trainable,
        constrain: constraint === null ? undefined : (value) => constraint.apply(value),
        layer,
      })
    }
    for (const [name, variable] of variablesIn(layer)) {
      if (seen.has(variable)) continue
      seen.add(variable)
      found.push({
        name: unused(join(path, name)),
        holder: undefined,
        variable,
        shape: variable.shape,
        trainable: false,
        constrain: undefined,
        layer,
      })
    }
    for (const [child, name] of childrenOf(layer)) enter(child, join(path, name), allowed)
  }
  enter(root, '', true)
  return found
}

/** Weights that the layer itself added; wrappers answer with those of the layers inside, which are found there. */
function ownWeights(layer: tf.layers.Layer): tf.LayerVariable[] {
  const { _trainableWeights, _nonTrainableWeights } = internals(layer)
  return [..._trainableWeights, ..._nonTrainableWeights]
}

/** Whether the weights of a layer are tables of which a step picks rows. */
export function isTable(layer: tf.layers.Layer): boolean {
  return layer.getClassName() === 'Embedding'
}
