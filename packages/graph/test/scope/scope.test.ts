import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { markLayerOutput, observeLayerOutputs } from '../../src/scope/layer-outputs.ts'
import { currentScope, scope } from '../../src/scope/scope.ts'

const test = suite('scope')

test('joins names with dots, and leaves empty ones out', () => {
  assert.is(currentScope(), '')
  scope('block1', () =>
    scope('', () => scope('conv1', () => assert.is(currentScope(), 'block1.conv1'))),
  )
  assert.is(currentScope(), '')
})

test('ends with its function, also by an error', () => {
  assert.throws(() =>
    scope('a', () => {
      throw new Error('inside')
    }),
  )
  assert.is(currentScope(), '')
})

test('tells an observer of outputs, with a number from the second on', () => {
  const seen: string[] = []
  const output = tf.scalar(1)
  const observer = { layerOutput: (_: tf.Tensor, name: string) => seen.push(name) }
  observeLayerOutputs(observer, () => {
    scope('dense', () => markLayerOutput(output))
    scope('dense', () => markLayerOutput(output))
    scope('lstm', () => markLayerOutput([output, output]))
  })
  markLayerOutput(output)
  assert.equal(seen, ['dense', 'dense_2', 'lstm.0', 'lstm.1'])
  output.dispose()
})

test.run()
