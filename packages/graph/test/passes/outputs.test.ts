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

test.run()
