import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { everywhere } from '../../src/passes/everywhere.ts'
import { fuseSwishes } from '../../src/passes/fuse-swish.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('swishes as one op')

const inputs = {
  x: { shape: [5, 203], range: [-12, 12] },
  w: { shape: [5, 203], range: [-2, 2] },
} as const

type Given = Record<string, tf.Tensor>

const pass = (graph: Graph) => {
  everywhere(graph, mergeCommonSubexpressions)
  fuseSwishes(graph)
  removeDeadCode(graph)
}

const swish = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x))
const swishTurned = (x: tf.Tensor) => tf.mul(tf.sigmoid(x), x)

for (const [name, of] of Object.entries({ swish, swishTurned })) {
  test(`${name} and its derivative have the same numbers, in half of the passes over memory`, async () => {
    const program = ({ x, w }: Given) => {
      const loss = (each: tf.Tensor) => tf.sum(tf.square(tf.mul(of(each), w!)))
      const { value, grad } = tf.valueAndGrad(loss)(x!)
      return { value, grad }
    }
    const { before, after } = await checkLoweredPass(program, inputs, pass, { tolerance: 1e-5 })
    assert.is(after.filter((op) => op === 'QuickGelu').length, 1)
    assert.is(after.filter((op) => op === 'Sigmoid').length, 1)
    for (const op of ['Neg', 'Exp', 'Reciprocal']) assert.not(after.includes(op), op)
    assert.ok(after.length <= before.length - 4, `${after}`)
  })
}

test('one after the other, and where the same is used twice', async () => {
  const program = ({ x, w }: Given) => {
    const loss = (each: tf.Tensor) => {
      const once = swish(tf.mul(each, w!))
      return tf.sum(tf.add(swish(once), tf.mul(once, each)))
    }
    return { grad: tf.grad(loss)(x!) }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, { tolerance: 1e-5 })
  assert.is(after.filter((op) => op === 'QuickGelu').length, 1)
  assert.is(after.filter((op) => op === 'Sigmoid').length, 1)
})

test('one that nothing is derived of is one op as well', async () => {
  const program = ({ x, w }: Given) => ({ y: tf.mul(swish(x!), w!) })
  const { after } = await checkLoweredPass(program, inputs, pass, { tolerance: 1e-5 })
  assert.equal(after, ['QuickGelu', 'Mul'])
})

test('stay as they are where the sigmoid is returned, or is a factor of something else too', async () => {
  const program = ({ x, w }: Given) => {
    const returned = tf.sigmoid(x!)
    const gate = tf.sigmoid(w!)
    return { y: tf.mul(x!, returned), returned, z: tf.mul(tf.mul(w!, gate), tf.mul(x!, gate)) }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, { tolerance: 1e-5 })
  assert.not(after.includes('QuickGelu'))
})

test.run()
