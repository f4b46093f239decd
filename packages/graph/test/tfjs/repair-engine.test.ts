import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { runCaptured } from '../support/kernel-example.ts'

repairTfjs()
await tf.setBackend('cpu')

const test = suite('derivatives that are no kernel of tfjs, and derivatives of them, are slopes')

type TensorProgram = (x: tf.Tensor2D) => tf.Tensor

const SHAPE: [number, number] = [2, 3]
const VALUES = [0.3, -0.7, 1.1, 0.5, 0.2, -0.9]
const weights = () => tf.tensor2d([0.9, -0.4, 0.7, 0.3, 0.8, -0.5], SHAPE)
const labels = () => tf.tensor2d([0.2, 0.3, 0.5, 1, 0, 0], SHAPE)
const sum = (x: tf.Tensor2D) => tf.sum(x, 0) as tf.Tensor1D
const normalized =
  (offset?: typeof sum, scale?: typeof sum): TensorProgram =>
  (x) => {
    const variance = tf.add(1, tf.square(sum(x))) as tf.Tensor1D
    return tf.mul(tf.batchNorm2d(x, tf.mean(x, 0), variance, offset?.(x), scale?.(x)), weights())
  }

const PROGRAMS: Readonly<Record<string, TensorProgram>> = {
  'log softmax': (x) => tf.mul(tf.logSoftmax(x), weights()),
  'log sigmoid': (x) => tf.mul(tf.logSigmoid(x), weights()),
  softmax: (x) => tf.mul(tf.softmax(x), weights()),
  'softmax cross-entropy': (x) => tf.losses.softmaxCrossEntropy(labels(), x),
  'softmax cross-entropy, smoothed and weighted': (x) =>
    tf.losses.softmaxCrossEntropy(labels(), x, tf.tensor1d([2, 0.5]), 0.1),
  'softmax cross-entropy by labels': (x) =>
    tf.losses.softmaxCrossEntropy(tf.sigmoid(x), tf.mul(x, weights())),
  'sigmoid cross-entropy': (x) => tf.losses.sigmoidCrossEntropy(labels(), x),
  'batch norm without scale and offset': normalized(),
  'batch norm without scale': normalized(sum),
  'batch norm without offset': normalized(undefined, sum),
  'batch norm': normalized(sum, (x) => tf.exp(sum(x))),
  'fused product': (x) =>
    tf.mul(
      tf.fused.matMul({ a: x, b: tf.transpose(x), bias: tf.sum(x, 1), activation: 'sigmoid' }),
      tf.tensor2d([1, 0.5, 0.2, -0.7], [2, 2]),
    ),
  'a gradient of the program itself': (x) =>
    tf.mul(
      tf.customGrad((given, save) => {
        const y = tf.exp(tf.mul(given as tf.Tensor, 2))
        ;(save as tf.GradSaveFunc)([y])
        return {
          value: y,
          gradFunc: (dy, saved) => tf.mul(dy, tf.mul((saved as tf.Tensor[])[0]!, 2)),
        }
      })(x),
      weights(),
    ),
}

/** The derivative, made a number that depends on each of its parts otherwise. */
const derivativeOf =
  (program: TensorProgram): TensorProgram =>
  (x) =>
    tf.mul(
      tf.grad((given) => tf.sum(program(given as tf.Tensor2D)))(x),
      tf.tensor2d([1, -0.5, 0.3, 0.7, 0.2, -0.4], SHAPE),
    )

function slopes(program: TensorProgram): number[] {
  const STEP = 1e-2
  return VALUES.map((_, at) => {
    const [above = 0, below = 0] = [STEP, -STEP].map((by) =>
      tf.tidy(() => {
        const moved = VALUES.map((value, other) => value + (other === at ? by : 0))
        return tf.sum(program(tf.tensor2d(moved, SHAPE))).dataSync()[0]!
      }),
    )
    return (above - below) / (2 * STEP)
  })
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  for (const [order, each] of Object.entries({ first: program, second: derivativeOf(program) })) {
    test(`${name}, ${order}`, async () => {
      const wanted = slopes(each)
      const gradient = (x: tf.Tensor) => tf.grad((given) => tf.sum(each(given as tf.Tensor2D)))(x)
      const before = tf.memory().numTensors
      const eager = tf.tidy(() => [...gradient(tf.tensor2d(VALUES, SHAPE)).dataSync()])
      assert.is(tf.memory().numTensors, before, 'nothing is left')
      const { results } = await runCaptured(
        ({ x }) => ({ y: gradient(x!) }),
        { x: { shape: SHAPE, values: VALUES } },
        portableTarget(),
      )
      for (const found of [eager, [...results.y!].map(Number)]) {
        const apart = Math.max(...found.map((one, at) => Math.abs(one - wanted[at]!)))
        assert.ok(apart < 4e-3, `${found}, not ${wanted}`)
      }
    })
  }
}

test.run()
