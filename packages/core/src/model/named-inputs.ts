import * as tf from '@tensorflow/tfjs'
import { type InputField, isShapeList, type NamedTensors, type Shape } from '../network/shapes.ts'
import type { Signature } from '../network/signature.ts'

/** Whether it stands for a tensor of a functional model. */
export function isSymbolic(inputs: object): boolean {
  return inputs instanceof tf.SymbolicTensor
}

/** What tensors by name say of the inputs of a model. */
export function fieldsOfTensors(inputs: NamedTensors): Readonly<Record<string, InputField>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      { shape: freeBatch(shape), dtype: dtype as 'float32' },
    ]),
  )
}

/** Inputs that nobody named, as a file calls them. */
export function unnamed(built: Shape | readonly Shape[] | undefined): Signature['inputs'] {
  if (built === undefined) return []
  if (!isShapeList(built)) return [{ name: 'input', shape: built, dtype: 'float32' }]
  return built.map((shape, at) => ({ name: `input${at + 1}`, shape, dtype: 'float32' }))
}

/** Without a size of the batch. */
export function freeBatch(shape: Shape): Shape {
  return [null, ...shape.slice(1)]
}
