import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { shiftByHardSigmoid } from '../../src/passes/shift-by-hard-sigmoid.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('halves of one and a bounded number')

const inputs = { x: { shape: [5, 1003], range: [-7, 7] } } as const

const pass = (graph: Parameters<typeof shiftByHardSigmoid>[0]) => {
  shiftByHardSigmoid(graph)
  removeDeadCode(graph)
}

for (const [kernel, bounded] of Object.entries({ erf: tf.erf, tanh: tf.tanh })) {
  test(`are one op behind ${kernel}, with the same bits`, async () => {
    const program = ({ x }: Record<string, tf.Tensor>) => ({
      left: tf.mul(x!, tf.mul(0.5, tf.add(1, bounded(x!)))),
      right: tf.mul(tf.add(bounded(tf.neg(x!)), 1), 0.5),
    })
    const { before, after } = await checkLoweredPass(program, inputs, pass, { tolerance: 0 })
    assert.not(before.includes('HardSigmoid'))
    assert.is(after.filter((op) => op === 'HardSigmoid').length, 2)
    assert.not(after.includes('Add'))
  })
}

for (const [name, program] of Object.entries<(x: tf.Tensor) => Record<string, tf.Tensor>>({
  'other numbers': (x) => ({
    y: tf.mul(0.25, tf.add(1, tf.erf(x))),
    z: tf.mul(0.5, tf.add(2, tf.erf(x))),
  }),
  'what has no bounds': (x) => ({ y: tf.mul(0.5, tf.add(1, tf.square(x))) }),
  'a sum that is read elsewhere': (x) => {
    const sum = tf.add(1, tf.erf(x))
    return { y: tf.mul(0.5, sum), z: tf.square(sum) }
  },
})) {
  test(`stay for ${name}`, async () => {
    const run = ({ x }: Record<string, tf.Tensor>) => program(x!)
    const { before, after } = await checkLoweredPass(run, inputs, pass)
    assert.equal(after, before)
  })
}

test.run()
