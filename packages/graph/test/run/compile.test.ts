import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'

const test = suite('compile')

test('an output may have the name of an input or of a variable', async () => {
  const w = tf.variable(tf.tensor1d([10, 20]))
  const state = new StateStore({ w })
  const graph = capture(({ x }) => ({ x: tf.mul(x!, 2), w: tf.add(w, x!) }), {
    inputs: { x: { shape: [2], dtype: 'float32' } },
    variables: { w },
  })
  const program = await compile(graph, { state })
  const { x: doubled, w: sum } = await program.run({ x: Float32Array.of(1, 2) })
  assert.equal([...doubled!], [2, 4])
  assert.equal([...sum!], [11, 22])
  await program.dispose()
  state.dispose()
  w.dispose()
})

test.run()
