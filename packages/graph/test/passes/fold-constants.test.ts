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

test.run()
