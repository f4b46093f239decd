import { layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { refusal } from '../support/refusal.ts'
import { runFile } from '../support/run.ts'

const test = suite('models with variables, masks and states')

const variable = (value: number) => tf.tidy(() => tf.variable(tf.scalar(value)))

test('variables have their last value in the file, and keep it', async () => {
  const closed = variable(10)
  class Net extends Model {
    readonly own = variable(2)
    readonly calls = variable(0)
    override call(x: tf.Tensor): tf.Tensor {
      this.calls.assign(tf.add(this.calls, 1))
      return tf.add(tf.mul(x, this.own), tf.add(closed, this.calls))
    }
  }
  const model = new Net()
  model.build([null, 3])
  tf.tidy(() => {
    model.own.assign(tf.scalar(5))
    model.calls.assign(tf.scalar(100))
  })
  const { bytes } = await exportOnnx(model, {})
  assert.equal([...model.calls.dataSync()], [100])
  const { data } = await runFile(bytes, { input: [[1, 3], Float32Array.of(1, 2, 3)] })
  assert.equal([...data], [116, 121, 126])
  closed.dispose()
  model.dispose()
})

class Masked extends Model {
  readonly embed = layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true })
  readonly each = layers.timeDistributed({ layer: layers.dense({ units: 5 }) as never })
  readonly both = layers.bidirectional({
    layer: layers.lstm({ units: 3, returnSequences: true }) as never,
    mergeMode: 'concat',
  })
  readonly pool = layers.globalAveragePooling1d({})
  readonly last = layers.simpleRNN({ units: 2 })
  override call(words: tf.Tensor): tf.Tensor {
    const steps = this.both.apply(this.each.apply(this.embed.apply(words)))
    return tf.concat([this.pool.apply(steps), this.last.apply(steps)], 1)
  }
}

test('masks are part of the file, at any batch and length', async () => {
  const model = new Masked()
  model.build([null, null])
  const { bytes } = await exportOnnx(model, {
    inputs: { words: { shape: [null, null], range: [1, 8] } },
  })
  const run = async (words: readonly number[], length: number) => {
    const shape = [words.length / length, length]
    return [...(await runFile(bytes, { words: [shape, Float32Array.from(words)] })).data].map(
      Number,
    )
  }
  const short = await run([3, 4, 5], 3)
  const long = await run([3, 4, 5, 0, 0, 1, 2, 3, 4, 5], 5)
  for (const [index, value] of short.entries()) assert.ok(Math.abs(value - long[index]!) < 1e-6)
  model.dispose()
})

test('stateful layers are refused: a file has no memory', async () => {
  class Net extends Model {
    readonly inner = { rnn: layers.gru({ units: 2, stateful: true }) }
    override call(x: tf.Tensor): tf.Tensor {
      return this.inner.rnn.apply(x)
    }
  }
  const model = new Net()
  model.build([null, 4, 1])
  const { message } = await refusal(() => exportOnnx(model, {}))
  assert.match(
    message,
    /^Net export: no layer must be stateful: .*got "inner\.rnn"\n.*initialState/,
  )
  model.dispose()
})

test.run()
