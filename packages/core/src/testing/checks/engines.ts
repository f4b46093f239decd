import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Program } from '../../engines/engine.ts'
import { allClose } from '../all-close.ts'
import type { Check } from '../bench.ts'
import { withoutLeaks } from '../without-leaks.ts'

/** Adds a batch to a variable and says the mean. */
function summing(sum: tf.Variable): Program {
  return {
    name: 'sum',
    inputs: (batchSize) => ({
      x: { shape: [batchSize, 2], dtype: 'int32', storage: 'uint8' },
      factor: { shape: [], dtype: 'float32' },
    }),
    run({ x, factor }) {
      const scaled = tf.mul(tf.cast(x!, 'float32'), factor!)
      sum.assign(tf.add(sum, tf.sum(scaled)))
      return { mean: tf.mean(scaled) }
    },
  }
}

/** What every engine must keep. */
export const engineChecks: readonly Check<'engine'>[] = [
  {
    name: 'runs a program at several batch sizes on one state',
    async run({ create }) {
      const sum = tf.variable(tf.scalar(1))
      await withoutLeaks(async () => {
        const session = await create().open({ sum })
        const prepared = session.prepare(summing(sum))
        const x = Uint8Array.of(1, 2, 3, 250)
        const first = await prepared.run(2, { x, factor: Float32Array.of(0.5) })
        allClose(first.mean as Float32Array, [32])
        const second = await prepared.run(1, { x: x.subarray(0, 2), factor: Float32Array.of(2) })
        allClose(second.mean as Float32Array, [3])
        allClose(first.mean as Float32Array, [32])
        allClose(session.read('sum'), [1 + 128 + 6])
        session.download()
        await session.dispose()
      })
      allClose(sum.dataSync(), [135])
      sum.dispose()
    },
  },
  {
    name: 'draws the rows of tables',
    async run({ create }) {
      await withoutLeaks(async () => {
        const session = await create().open({})
        const prepared = session.prepare({
          name: 'draw',
          tables: {
            x: Uint8Array.of(1, 2, 3, 4, 250, 255),
            y: Float32Array.of(0.5, -1.5, 2.5),
            z: Int32Array.of(7, -8, 9),
          },
          inputs: (batchSize) => ({
            x: { shape: [batchSize, 2], dtype: 'int32', storage: 'uint8' },
            y: { shape: [batchSize], dtype: 'float32' },
            z: { shape: [batchSize], dtype: 'int32' },
            factor: { shape: [], dtype: 'float32' },
          }),
          run: ({ x, y, z, factor }) => ({
            x: tf.mul(tf.cast(x!, 'float32'), factor!),
            y: tf.mul(y!, factor!),
            z: tf.cast(z!, 'float32'),
          }),
        })
        const factor = Float32Array.of(2)
        await prepared.warm([2])
        const first = await prepared.run(2, { rows: Int32Array.of(2, 0), factor })
        allClose(first.x as Float32Array, [500, 510, 2, 4])
        allClose(first.y as Float32Array, [5, 1])
        allClose(first.z as Float32Array, [9, 7])
        const second = await prepared.run(3, { rows: Int32Array.of(1, 1, 2), factor })
        allClose(second.x as Float32Array, [6, 8, 6, 8, 500, 510])
        allClose(second.y as Float32Array, [-3, -3, 5])
        await session.dispose()
      })
    },
  },
  {
    name: 'takes the numbers of variables again when it is told',
    async run({ create }) {
      const sum = tf.variable(tf.scalar(0))
      const session = await create().open({ sum })
      const prepared = session.prepare(summing(sum))
      const feeds = { x: Uint8Array.of(1, 1), factor: Float32Array.of(1) }
      await prepared.run(1, feeds)
      tf.tidy(() => void sum.assign(tf.scalar(100)))
      session.upload()
      await prepared.run(1, feeds)
      allClose(session.read('sum'), [102])
      await session.dispose()
      sum.dispose()
    },
  },
  {
    name: 'getting ready changes no variable',
    async run({ create }) {
      const sum = tf.variable(tf.scalar(5))
      await withoutLeaks(async () => {
        const session = await create().open({ sum })
        const prepared = session.prepare(summing(sum))
        const feeds = { x: Uint8Array.of(1, 1), factor: Float32Array.of(1) }
        await prepared.run(1, feeds)
        await prepared.warm([1, 3])
        allClose(session.read('sum'), [7])
        await prepared.run(1, feeds)
        allClose(session.read('sum'), [9])
        await session.dispose()
      })
      sum.dispose()
    },
  },
  {
    name: 'what it reads is a copy',
    async run({ create }) {
      const sum = tf.variable(tf.scalar(0))
      const session = await create().open({ sum })
      const prepared = session.prepare(summing(sum))
      const feeds = { x: Uint8Array.of(1, 1), factor: Float32Array.of(1) }
      const before = session.read('sum')
      await prepared.run(1, feeds)
      await prepared.run(1, feeds)
      allClose(before, [0])
      await session.dispose()
      sum.dispose()
    },
  },
  {
    name: 'an error in a program comes out, and the session can still be freed',
    async run({ create }) {
      await withoutLeaks(async () => {
        const session = await create().open({})
        const prepared = session.prepare({
          name: 'broken',
          inputs: () => ({}),
          run() {
            throw new RangeError('no such thing')
          },
        })
        await assert.rejects(prepared.run(1, {}), { message: 'no such thing' })
        await session.dispose()
      })
    },
  },
]
