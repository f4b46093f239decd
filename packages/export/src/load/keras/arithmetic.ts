import * as tf from '@tensorflow/tfjs'
import { KerasLayer } from './keras-layer.ts'

type Operation = (...operands: tf.Tensor[]) => tf.Tensor

/** Functions of Keras that stand in a functional model as nodes of their own, such as `x * 2 + y`, by the class that Keras writes. */
export const operations: Readonly<Record<string, Operation>> = {
  Add: (a, b) => tf.add(a!, b!),
  Subtract: (a, b) => tf.sub(a!, b!),
  Multiply: (a, b) => tf.mul(a!, b!),
  Divide: (a, b) => tf.div(a!, b!),
  TrueDivide: (a, b) => tf.div(a!, b!),
  Maximum: (a, b) => tf.maximum(a!, b!),
  Minimum: (a, b) => tf.minimum(a!, b!),
  Power: (a, b) => tf.pow(a!, b!),
  Negative: (a) => tf.neg(a!),
  Absolute: (a) => tf.abs(a!),
  Square: (a) => tf.square(a!),
  Sqrt: (a) => tf.sqrt(a!),
  Exp: (a) => tf.exp(a!),
  Log: (a) => tf.log(a!),
  Tanh: (a) => tf.tanh(a!),
  Relu: (a) => tf.relu(a!),
  Sigmoid: (a) => tf.sigmoid(a!),
}

interface ArithmeticConfig {
  readonly name?: string
  readonly operation: string
  /** Numbers where the function takes numbers, null where it takes the next input. */
  readonly operands: readonly (number | null)[]
}

/** A function of tensors and numbers, elementwise. */
export class Arithmetic extends KerasLayer<ArithmeticConfig> {
  static readonly className: string = 'Keras3Arithmetic'

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as tf.Shape[]
    return shapes.reduce(broadcast)
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const given = [inputs].flat()
      const operands = this.settings.operands.map((each) => each ?? given.shift()!)
      return operations[this.settings.operation]!(...operands.map((each) => asTensor(each)))
    })
  }
}

function asTensor(operand: tf.Tensor | number): tf.Tensor {
  return typeof operand === 'number' ? tf.scalar(operand) : operand
}

/** numpy's rule; sizes that vary stay so. */
function broadcast(a: tf.Shape, b: tf.Shape): tf.Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a, b].map((each) => each[each.length - rank + axis] ?? null)
    const at = (shape: tf.Shape) => axis >= rank - shape.length
    if (!at(a)) return right!
    if (!at(b)) return left!
    return left === 1 ? right! : right === 1 ? left! : (left ?? right)!
  })
}
