import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { stepByHardSigmoid } from '../../src/passes/step-by-hard-sigmoid.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('masks of ReLUs as one op')

const inputs = { x: { shape: [5, 1003], range: [-7, 7] } } as const

const pass = (graph: Parameters<typeof stepByHardSigmoid>[0]) => {
  stepByHardSigmoid(graph)
  removeDeadCode(graph)
}

test('have the same bits, of the least and the largest normal numbers too', async () => {
  for (const factor of [1, 2 ** -126, 2 ** 125, Number.POSITIVE_INFINITY]) {
    const program = ({ x }: Record<string, tf.Tensor>) => ({
      mask: tf.step(tf.mul(tf.sign(x!), factor)),
      near: tf.step(tf.add(tf.relu(x!), 0)),
      zero: tf.step(tf.mul(x!, 0)),
    })
    const { before, after } = await checkLoweredPass(program, inputs, pass, { tolerance: 0 })
    assert.is(before.filter((op) => op === 'Ceil').length, 3)
    assert.is(after.filter((op) => op === 'HardSigmoid').length, 3)
    assert.not(after.includes('Ceil'))
    assert.not(after.includes('Clip'))
  }
})

test('stay where what is cut off is read elsewhere, or cut off otherwise', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const between = tf.clipByValue(x!, 0, 1)
    return { y: tf.ceil(between), z: between, w: tf.ceil(tf.clipByValue(x!, 0, 2)) }
  }
  const { before, after } = await checkLoweredPass(program, inputs, pass)
  assert.equal(after, before)
})

test.run()
