import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { quickGates } from '../../src/passes/quick-gates.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite("gates as onnxruntime's Sigmoid")

const inputs = { x: { shape: [4, 6], range: [-30, 30] }, y: { shape: [4, 6] } } as const

const pass = (graph: Graph) => {
  quickGates(graph)
  removeDeadCode(graph)
}

type Given = Record<string, tf.Tensor>

const gatesOf = async (program: (given: Given) => Record<string, tf.Tensor>) => {
  const { after } = await checkLoweredPass(program, inputs, pass, { tolerance: 1e-6 })
  return after.filter((op) => op === 'Sigmoid').length
}

test('factors, in another shape too, and what is left of one', async () => {
  const count = await gatesOf(({ x, y }) => {
    const gate = tf.sigmoid(x!)
    const other = tf.reshape(tf.sigmoid(tf.add(x!, 1)), [2, 12])
    return {
      z: tf.add(tf.mul(gate, y!), tf.sub(1, gate)),
      other: tf.mul(other, tf.reshape(y!, [2, 12])),
    }
  })
  assert.is(count, 2)
})

test('not what is looked at by itself: an output, its logarithm, a sum of them', async () => {
  const count = await gatesOf(({ x, y }) => {
    const returned = tf.sigmoid(x!)
    const likely = tf.sigmoid(tf.add(x!, 1))
    const summed = tf.sigmoid(tf.add(x!, 2))
    return {
      returned,
      a: tf.mul(returned, y!),
      b: tf.mul(tf.log(likely), tf.mul(likely, y!)),
      c: tf.mul(tf.sum(summed, 1, true), tf.mul(summed, y!)),
      d: tf.sub(1, tf.sigmoid(tf.add(x!, 3))),
    }
  })
  assert.is(count, 0)
})

test.run()
