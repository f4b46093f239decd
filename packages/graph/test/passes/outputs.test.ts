import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { separateOutputs } from '../../src/passes/outputs.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('outputs')

test('that are inputs, constants or each other get a value of their own', async () => {
  const kept = tf.tensor1d([1, 2])
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const y = x!.neg()
    return { a: x!, b: kept, c: y, d: y }
  }
  const { after, graph } = await checkLoweredPass(program, { x: { shape: [2] } }, separateOutputs)
  assert.equal(after.toSorted(), ['Identity', 'Identity', 'Identity', 'Neg'])
  const values = graph.outputs.map(({ value }) => value)
  assert.is(new Set(values).size, 4)
})

test('that are transposed and read as well get a value of their own', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const y = tf.transpose(x!)
    return {
      y,
      product: tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D),
      z: tf.transpose(tf.neg(x!)),
    }
  }
  const inputs = { x: { shape: [2, 3] } }
  const { after } = await checkLoweredPass(program, inputs, separateOutputs)
  assert.is(after.filter((op) => op === 'Identity').length, 1)
})

test.run()
