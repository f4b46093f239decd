import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Layer, layers, Model, sgd } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'

const test = suite('a layer on every step')

class Steps extends Model {
  readonly each: Layer
  readonly flat = layers.flatten()
  readonly head = layers.dense({ units: 1 })

  constructor(inner: unknown) {
    super({ seed: 3 })
    this.each = layers.timeDistributed({ layer: inner as never })
  }

  override call(x: Tensor): Tensor {
    return this.head.apply(this.flat.apply(this.each.apply(x)))
  }
}

class Block extends Model {
  readonly dense = layers.dense({ units: 3, activation: 'relu' })
  readonly norm = layers.batchNormalization({ momentum: 0.5 })
  override call(x: Tensor): Tensor {
    return this.norm.apply(this.dense.apply(x))
  }
}

const INNER: Readonly<Record<string, readonly [() => unknown, readonly number[]]>> = {
  dense: [() => layers.dense({ units: 2 }), [3, 4]],
  conv2d: [() => layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), [2, 4, 4, 1]],
  lstm: [() => layers.lstm({ units: 2 }), [2, 3, 4]],
  'a batch norm': [() => layers.batchNormalization({ momentum: 0.5 }), [3, 4]],
  'a block': [() => new Block(), [3, 4]],
  'another of its kind': [
    () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) as never }),
    [2, 3, 4],
  ],
}

for (const [name, [make, shape]] of Object.entries(INNER)) {
  test(`${name}: any batch size, each step as by itself, alike on both engines`, () =>
    withoutLeaks(async () => {
      const results: number[][] = []
      for (const engine of ['tfjs', 'onnxruntime']) {
        const model = new Steps(make())
        model.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: 'mean-squared-error' })
        const x = tf.randomUniform([5, ...shape], -1, 1, 'float32', 7)
        const y = tf.randomUniform([5, 1], -1, 1, 'float32', 8)
        const options = { engine, batchSize: 2, shuffle: false }
        const { metrics } = await model.fit(x, y, { ...options, epochs: 2 })
        const { data } = await model.predict(x, { engine, batchSize: 3 })
        results.push([...metrics.loss!, ...data])
        // Step by step.
        const { layer } = model.each as unknown as { layer: Layer }
        tf.tidy(() => {
          const together = model.each.apply(x)
          const apart = tf.stack(
            tf.unstack(x, 1).map((step) => layer.call(step, { training: false }) as Tensor),
            1,
          )
          assert.equal(together.shape, apart.shape)
          assert.ok(Number(tf.max(tf.abs(tf.sub(together, apart))).dataSync()[0]) < 1e-6)
        })
        tf.dispose([x, y])
        model.dispose()
      }
      for (const [index, value] of results[0]!.entries()) {
        assert.ok(Math.abs(value - results[1]![index]!) < 1e-4 * Math.max(1, Math.abs(value)))
      }
    }))
}

test('a network that is built for any length takes any', async () => {
  class Any extends Model {
    readonly each = layers.timeDistributed({ layer: layers.dense({ units: 2 }) as never })
    readonly pool = layers.globalAveragePooling1d({})
    override call(x: Tensor): Tensor {
      return this.pool.apply(this.each.apply(x))
    }
  }
  const model = new Any()
  model.build([null, null, 3])
  for (const engine of ['tfjs', 'onnxruntime']) {
    for (const time of [1, 4, 7]) {
      const x = tf.ones([3, time, 3])
      assert.equal((await model.predict(x, { engine, batchSize: 2 })).shape, [3, 2])
      x.dispose()
    }
  }
  model.dispose()
})

test.run()
