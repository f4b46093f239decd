import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { foldConstants } from '../../src/passes/fold-constants.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('constants')

const fold = (graph: Parameters<typeof foldConstants>[0]) => foldConstants(graph, 17)

test('that follow from constants are computed once', async () => {
  const kept = tf.tensor1d([1, 4, 9])
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    y: x!.mul(kept.sqrt().add(1)),
    z: kept.neg(),
  })
  const { after } = await checkLoweredPass(program, { x: { shape: [3] } }, fold)
  assert.equal(after, ['Mul'])
})

test('that do not, stay', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({ y: x!.add(1).sqrt() })
  const inputs = { x: { shape: [3], range: [0, 1] as const } }
  const { after } = await checkLoweredPass(program, inputs, fold)
  assert.equal(after, ['Add', 'Sqrt'])
})

test('that are one number all over are kept as that number, to the sign of a zero', async () => {
  const ones = tf.ones([2048])
  const zeros = tf.tensor1d(Float32Array.from({ length: 2048 }, (_, at) => (at === 7 ? -1 : 1)))
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    y: x!.add(ones.mul(3)),
    z: x!.mul(zeros.mul(0)),
  })
  const { graph } = await checkLoweredPass(program, { x: { shape: [2048] } }, fold)
  const constants = graph.nodes.map(({ inputs }) => inputs[1]!)
  assert.is(constants[0]!.fill, 3)
  assert.is(constants[0]!.data, undefined)
  assert.is(constants[1]!.fill, undefined)
  assert.ok(Object.is(constants[1]!.data![7], -0))
})

test.run()
