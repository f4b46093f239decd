import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutLeaks } from '../../src/testing/index.ts'

const test = suite('withoutLeaks')

test('returns what the function returns', async () => {
  assert.is(await withoutLeaks(() => Promise.resolve(3)), 3)
})

test('counts tensors that are left', async () => {
  const left: tf.Tensor[] = []
  const leak = () => void left.push(tf.scalar(1), tf.scalar(2))
  try {
    await withoutLeaks(leak)
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'withoutLeaks: expected 0 tensors to be left, got 2')
  }
  await withoutLeaks(leak, 2)
  await withoutLeaks(() => tf.dispose(left), -4)
})

test.run()
