import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adam, type ClippingOptions, Model, sgd } from '../../src/index.ts'
import { clipping } from '../../src/optimizers/clipping.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'

const test = suite('clipping')

/** Norms 5 and 13: together the square root of 194. */
const gradients = { a: [3, -4], b: [0, 5, 12] }

function clipped(options: ClippingOptions): Record<string, number[]> {
  return tf.tidy(() => {
    const given = Object.entries(gradients).map(([name, values]) => [name, tf.tensor1d(values)])
    const found = clipping(options)!(new Map(given as [string, tf.Tensor][]))
    return Object.fromEntries([...found].map(([name, each]) => [name, [...each.dataSync()]]))
  })
}

const scaled = (values: readonly number[], factor: number) => values.map((value) => value * factor)

test('by value', async () => {
  const { a, b } = await withoutLeaks(() => clipped({ clipValue: 3.5 }))
  assert.equal(
    [a, b],
    [
      [3, -3.5],
      [0, 3.5, 3.5],
    ],
  )
})

test('by the norm of each: a gradient within it stays as it is', () => {
  const { a, b } = clipped({ clipNorm: 6.5 })
  allClose(a!, gradients.a)
  allClose(b!, scaled(gradients.b, 0.5))
})

test('by the norm of all together', () => {
  const { a, b } = clipped({ globalClipNorm: 1 })
  const factor = 1 / Math.sqrt(194)
  allClose(a!, scaled(gradients.a, factor))
  allClose(b!, scaled(gradients.b, factor))
  allClose(clipped({ globalClipNorm: 14 }).b!, gradients.b)
})

test('a gradient of zero stays zero', () => {
  const [zero] = tf.tidy(() => [
    ...clipping({ clipNorm: 1 })!(new Map([['w', tf.zeros([2])]]))
      .get('w')!
      .dataSync(),
  ])
  assert.is(zero, 0)
  assert.is(clipping({ globalClipNorm: 1 })!(new Map()).size, 0)
})

test('by value, of a weight that goes through an activation: the same on both engines', async () => {
  class Spread extends tf.layers.Layer {
    static className = 'SpreadOfSoftplus'
    rho!: tf.LayerVariable
    override build(): void {
      const half = tf.initializers.constant({ value: 0.5 })
      this.rho = this.addWeight('rho', [3], 'float32', half, undefined, true)
      this.built = true
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape
    }
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul(Array.isArray(x) ? x[0]! : x, tf.softplus(this.rho.read()))
    }
  }
  class Scaled extends Model {
    readonly spread = new Spread()
    override call(x: tf.Tensor): tf.Tensor {
      return this.spread.apply(x) as tf.Tensor
    }
  }
  const x = tf.tensor2d([[100, 1, 0.01]])
  const y = tf.zeros([1, 3])
  const trained: number[][] = []
  for (const engine of ['tfjs', 'onnxruntime'] as const) {
    const model = new Scaled()
    model.compile({
      optimizer: sgd({ learningRate: 0.01, clipValue: 5 }),
      loss: 'meanSquaredError',
    })
    await model.fit(x, y, { engine, epochs: 2 })
    trained.push([...model.spread.rho.read().dataSync()])
    model.dispose()
  }
  tf.dispose([x, y])
  allClose(trained[1]!, trained[0]!)
  // Two steps of the bound.
  assert.ok(Math.abs(trained[0]![0]! - 0.4) < 1e-6, String(trained[0]))
})

test('nothing to bound is nothing to do', () => {
  assert.is(clipping({}), undefined)
  assert.is(adam().clip, undefined)
})

test('two ways at once are refused', () => {
  assert.throws(
    () => sgd({ clipNorm: 1, clipValue: 2 }),
    'optimizer: only one of clipNorm, globalClipNorm and clipValue may be set, got {"clipNorm":1,"clipValue":2}',
  )
})

test.run()
