import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import { capture } from '../../src/index.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { multiplyAddsOf, type Pace, paceOf, threadsFor } from '../../src/run/pace.ts'

const test = suite('by how many threads a program is run')

/** A loop over sequences of one number in each step, whose state is multiplied with a square matrix. */
async function paceOfLoop(steps: number, batch: number, units: number) {
  const graph = capture(
    ({ xs, h, u }) => ({
      last: scan(
        ([state], [x]) => {
          const next = tf.tanh(tf.add(tf.matMul(state as tf.Tensor2D, u as tf.Tensor2D), x!))
          return { states: [next], rows: [] }
        },
        [h!],
        [xs!],
      ).states[0]!,
    }),
    {
      inputs: {
        xs: { shape: [steps, batch, 1], dtype: 'float32' },
        h: { shape: [batch, units], dtype: 'float32' },
        u: { shape: [units, units], dtype: 'float32' },
      },
    },
  )
  const products = multiplyAddsOf(graph)
  return { products, ...paceOf(optimize(graph, await cpuTarget()), products) }
}

test('threads meet in each step of a loop, where they share its product', async () => {
  const { products, work, meetings } = await paceOfLoop(5, 16, 64)
  assert.is(products, 5 * 16 * 64 * 64)
  assert.is(work, products)
  assert.is(meetings, 5)
})

test('a product that one thread computes lets none meet', async () => {
  assert.is((await paceOfLoop(5, 8, 64)).meetings, 0)
})

test('what is computed at once lets none meet, and large tensors count as work', async () => {
  const matrix = { shape: [256, 256], dtype: 'float32' } as const
  const graph = capture(({ x, y }) => ({ z: tf.exp(tf.matMul(x!, y!)) }), {
    inputs: { x: matrix, y: matrix },
  })
  const products = multiplyAddsOf(graph)
  assert.is(products, 256 ** 3)
  const { work, meetings } = paceOf(optimize(graph, await cpuTarget()), products)
  assert.is(meetings, 0)
  assert.ok(work > products)
})

/** Of a training step of an LSTM over 28 rows: four products of a step meet, twice the units are four times the work. */
const lstm = (units: number, batch: number): Pace => ({
  work: 28 * batch * units * units * 16,
  meetings: 56,
})

test('a small recurrent layer is run by one thread, a larger one by all that are asked for', () => {
  assert.is(threadsFor(lstm(64, 32), 2), 1)
  assert.is(threadsFor(lstm(128, 64), 2), 2)
})

test('where nobody says how many, more than one are left to onnxruntime', () => {
  assert.is(threadsFor(lstm(1024, 64), undefined), undefined)
})

test('without loops threads are as asked for, however little there is to do', () => {
  for (const threads of [undefined, 1, 2, 16]) {
    assert.is(threadsFor({ work: 0, meetings: 0 }, threads), threads)
  }
})

test.run()
