import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recordShapes } from '../../src/network/shapes.ts'

const test = suite('shapes that are recorded')

test('large weights are neither copied nor inputs of the graph, also where they are assigned', () => {
  const [large, small] = [tf.variable(tf.ones([100, 100])), tf.variable(tf.ones([100, 4]))]
  const { outputs, graph } = recordShapes(
    ([x]) => {
      const y = tf.matMul(tf.matMul(x as tf.Tensor2D, large as tf.Tensor2D), small as tf.Tensor2D)
      large.assign(tf.mul(large, 2))
      return y
    },
    [[null, 100]],
  )
  assert.equal(outputs, [[null, 4]])
  assert.equal(
    graph!.inputs.map(({ name }) => name),
    ['input0'],
  )
  assert.equal(
    graph!.outputs.map(({ name }) => name),
    ['output0'],
  )
  const sizes = graph!.nodes.flatMap(({ inputs }) => inputs.map((input) => input?.data?.length))
  assert.equal(
    sizes.filter((size) => size !== undefined && size > 1),
    [400],
  )
  // Nothing was computed.
  assert.is(large.dataSync()[0], 1)
  tf.dispose([large, small])
})

test.run()
