import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { type MadeNode, makeOnnx, withFile } from '../support/make-onnx.ts'

const test = suite('random numbers')

const file = (nodes: readonly MadeNode[]) =>
  makeOnnx({ inputs: { x: ['n', 1000] }, outputs: ['y'], nodes })

test('of a seed are the same always, of the distribution that is said', async () => {
  for (const [op, attributes, mean, deviation] of [
    ['RandomNormalLike', { mean: { float: 2 }, scale: { float: 3 }, seed: { float: 5 } }, 2, 3],
    [
      'RandomUniformLike',
      { low: { float: -1 }, high: { float: 5 }, seed: { float: 5 } },
      2,
      6 / Math.sqrt(12),
    ],
  ] as const) {
    await withFile(
      file([
        { op, inputs: ['x'], outputs: ['r'], attributes },
        { op: 'Add', inputs: ['x', 'r'], outputs: ['y'] },
      ]),
      async (path) => {
        const run = async () => {
          const model = await loadOnnx(path)
          return tf.tidy(() =>
            Array.from((model.call(tf.zeros([4, 1000]), {}) as tf.Tensor).dataSync()),
          )
        }
        const first = await run()
        assert.equal(await run(), first)
        const found = first.reduce((sum, each) => sum + each, 0) / first.length
        const squares = first.reduce((sum, each) => sum + (each - found) ** 2, 0) / first.length
        assert.ok(Math.abs(found - mean) < 0.2, `${op} mean ${found}`)
        assert.ok(Math.abs(Math.sqrt(squares) - deviation) < 0.2, `${op} ${Math.sqrt(squares)}`)
      },
    )
  }
})

test('of the seed 0 are the same always, and more than a network may hold are refused', async () => {
  const drawn = (op: string, shape: readonly number[]) =>
    file([
      { op, name: 'r', inputs: [], outputs: ['r'], attributes: { shape, seed: { float: 0 } } },
      { op: 'Add', inputs: ['x', 'r'], outputs: ['y'] },
    ])
  for (const op of ['RandomNormal', 'RandomUniform']) {
    await withFile(drawn(op, [1, 1000]), async (path) => {
      const run = async () => {
        const model = await loadOnnx(path)
        return tf.tidy(() => (model.call(tf.zeros([1, 1000]), {}) as tf.Tensor).arraySync())
      }
      assert.equal(await run(), await run(), op)
    })
    await withFile(drawn(op, [2 ** 20, 2 ** 20]), async (path) => {
      try {
        await loadOnnx(path)
        assert.unreachable()
      } catch (error) {
        assert.match(
          (error as Error).message,
          /r \(Random\w+\): must draw at most 16777216 numbers/,
        )
      }
    })
  }
})

test('without one are refused, with what could be done', async () => {
  for (const [op, message] of [
    [
      'RandomNormalLike',
      /r: RandomNormalLike: it draws other numbers each time.*give the node a seed/,
    ],
    [
      'Bernoulli',
      /r: Bernoulli can't be: it draws other numbers each time.*feed them as an input$/,
    ],
  ] as const) {
    await withFile(
      file([
        { op, name: 'r', inputs: ['x'], outputs: ['r'] },
        { op: 'Add', inputs: ['x', 'r'], outputs: ['y'] },
      ]),
      async (path) => {
        try {
          await loadOnnx(path)
          assert.unreachable()
        } catch (error) {
          assert.match((error as Error).message, message)
        }
      },
    )
  }
})

test.run()
