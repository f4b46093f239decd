import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gatherBeforeCast } from '../../src/passes/gather-before-cast.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('gather before cast')

const indices = { shape: [3], dtype: 'int32', values: [4, 0, 4] } as const

test('picks rows of narrow numbers first', async () => {
  const program = ({ x, indices: rows }: Record<string, tf.Tensor>) => ({
    y: tf.gather(tf.cast(x!, 'float32'), rows as tf.Tensor1D),
  })
  const inputs = { x: { shape: [5, 2], dtype: 'int32' }, indices } as const
  const { before, after, graph } = await checkPass(program, inputs, gatherBeforeCast)
  assert.equal(before, ['Cast', 'GatherV2'])
  // The first one has no readers left: dead code.
  assert.equal(after, ['Cast', 'GatherV2', 'Cast'])
  const gather = graph.nodes.find(({ op }) => op === 'GatherV2')!
  assert.is(gather.inputs[0], graph.inputs[0]!.value)
  assert.is(gather.outputs[0]!.dtype, 'int32')
})

test('leaves alone what a cast makes narrower, and what is not cast', async () => {
  const program = ({ x, indices: rows }: Record<string, tf.Tensor>) => ({
    narrow: tf.gather(tf.cast(x!, 'bool'), rows as tf.Tensor1D).cast('float32'),
    plain: tf.gather(x!, rows as tf.Tensor1D),
  })
  const inputs = { x: { shape: [5, 2] }, indices } as const
  const { before, after } = await checkPass(program, inputs, gatherBeforeCast)
  assert.equal(after, before)
})

test.run()
