import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')
const test = suite('sums of products')

type Named = Record<string, tf.Tensor>

const inputs = {
  xs: { shape: [6, 2, 3] },
  w: { shape: [3, 4] },
  u: { shape: [4, 4], range: [-0.5, 0.5] },
  b: { shape: [4] },
} as const

const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)

/** Derivatives by both kernels and the bias of a recurrent network, which may multiply its kernel by a number that follows from the derivative of the other one. */
function program(isChained: boolean) {
  return ({ xs, w, u, b }: Named): Named => {
    const network = (w_: tf.Tensor, u_: tf.Tensor, b_: tf.Tensor) => {
      const { states } = scan(
        ([h], [x]) => {
          const next = tf.tanh(tf.add(tf.add(product(x!, w_), product(h!, u_)), b_))
          return { states: [next], rows: [] }
        },
        [tf.zeros([2, 4])],
        [xs!],
      )
      return tf.sum(tf.mul(states[0]!, states[0]!)) as tf.Scalar
    }
    const grads = tf.grads(network as never)([w!, u!, b!])
    const again = isChained
      ? tf.grads(network as never)([tf.mul(w!, tf.sum(grads[1]!)), u!, b!])
      : []
    return Object.fromEntries([...grads, ...again].entries())
  }
}

/** Outside of loops. */
function productsOf(graph: Graph): number {
  return graph.nodes.filter(({ op }) => op === 'Gemm' || op === 'MatMul').length
}

test('derivatives by kernels and bias are one product', async () => {
  await checkProgram(program(false), inputs, 1e-4)
  const graph = optimize(captureExample(program(false), inputs), portableTarget())
  // And that of the input.
  assert.is(productsOf(graph), 2)
})

test('those that need others come after them', async () => {
  await checkProgram(program(true), inputs, 1e-4)
  const graph = optimize(captureExample(program(true), inputs), portableTarget())
  assert.is(productsOf(graph), 4)
})

test.run()
