import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('common subexpressions')

const inputs = { x: { shape: [4, 3] } }

test('that are equal are computed once', async () => {
  const half = (x: tf.Tensor) => x.relu().mul(0.5)
  const program = ({ x }: Record<string, tf.Tensor>) => ({ y: half(x!).add(half(x!)), z: half(x!) })
  const { after } = await checkPass(program, inputs, mergeCommonSubexpressions)
  assert.equal(after, ['Relu', 'Multiply', 'Add'])
})

test('that differ in an attribute, an input or a constant stay', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    a: x!.sum(0),
    b: x!.sum(1),
    c: x!.add(1),
    d: x!.add(2),
    e: x!.leakyRelu(0.1),
    f: x!.leakyRelu(0.2),
    g: x!.neg().sub(x!),
    h: x!.sub(x!.neg()),
  })
  const { before, after } = await checkPass(program, inputs, mergeCommonSubexpressions)
  assert.is(after.length, before.length - 1, 'only the negation is the same')
})

test('draws of random numbers stay apart', async () => {
  const key = { shape: [], dtype: 'int32', values: [1] } as const
  const program = () => ({ a: tf.randomUniform([64]), b: tf.randomUniform([64]) })
  const { after } = await checkPass(program, { seed: key, step: key }, mergeCommonSubexpressions)
  assert.equal(after, ['RandomUniform', 'RandomUniform'])
})

test.run()
