import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('algebra')

type Rule = readonly [name: string, program: (x: tf.Tensor) => tf.Tensor, left: readonly string[]]

const rules: readonly Rule[] = [
  ['adding zero', (x) => x.add(0), []],
  ['zero plus', (x) => tf.add(0, x), []],
  ['taking zero away', (x) => x.sub(0), []],
  ['multiplying by one', (x) => tf.mul(1, x.mul(1)), []],
  ['dividing by one', (x) => x.div(1), []],
  ['multiplying by zero', (x) => x.mul(0), []],
  ['dividing zero', (x) => tf.div(tf.zerosLike(x), x.square().add(1)), ['Square', 'Add']],
  ['a copy', (x) => tf.clone(x).relu(), ['Relu']],
  ['a cast to the same type', (x) => x.cast('float32').relu(), ['Relu']],
  ['a reshape to the same shape', (x) => x.reshape([2, 3]).relu(), ['Relu']],
  ['a reshape of a reshape', (x) => x.reshape([3, 2]).reshape([2, 3]).relu(), ['Reshape', 'Relu']],
  ['a transpose to the same order', (x) => x.transpose([0, 1]).relu(), ['Relu']],
  ['a tile of one', (x) => x.tile([1, 1]), []],
  ['sums of constants', () => tf.fill([40], 2).sum(), []],
  ['means of constants', () => tf.fill([40], 2).mean(), []],
  [
    'arithmetic of constants',
    () =>
      tf
        .fill([40], 9)
        .sqrt()
        .neg()
        .add(tf.ones([40])),
    [],
  ],
  ['a sum of one', (x) => tf.addN([x]), []],
]

for (const [name, program, left] of rules) {
  test(`leaves out ${name}`, async () => {
    const inputs = { x: { shape: [2, 3] } }
    const { after } = await checkPass(({ x }) => ({ y: program(x!) }), inputs, simplifyAlgebra)
    assert.equal(after, left)
  })
}

test('keeps what stretches a tensor', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({ y: x!.add(tf.zeros([4, 3])) })
  const { after } = await checkPass(program, { x: { shape: [3] } }, simplifyAlgebra)
  assert.equal(after, ['Add'])
})

test('lets two that stretch each other be as they were, where one was stretched before', async () => {
  const program = ({ x, mask }: Record<string, tf.Tensor>) => ({
    y: tf.mul(tf.mul(x!, tf.ones([2, 4, 3])), mask!),
  })
  const inputs = { x: { shape: [2, 1, 3] }, mask: { shape: [2, 4, 1] } }
  const { after } = await checkPass(program, inputs, (graph) => {
    simplifyAlgebra(graph)
    removeDeadCode(graph)
  })
  assert.equal(after, ['Multiply'])
})

test('keeps what changes a number', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    y: x!.sub(1).mul(-1).div(2).cast('int32'),
    z: tf.sub(0, x!),
  })
  const { after } = await checkPass(program, { x: { shape: [3] } }, simplifyAlgebra)
  assert.equal(after, ['Sub', 'Multiply', 'RealDiv', 'Cast', 'Sub'])
})

test.run()
