import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodingMetadata, type Layer, layers, Model } from '@ashlar/core'
import { exportOnnx, reduceOnnx, unfoldedOnnx } from '@ashlar/export'
import { inScratch, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { numbers } from '../support/make-onnx.ts'
import { compareFile, type Feed } from '../support/real-file.ts'

const { test, slow } = tieredSuite("Ashlar's own files")

/** What exports have to find their way through: strides, a batch norm, a depthwise convolution, a sum, two outputs. */
class Net extends Model {
  readonly stem: Layer = layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })
  readonly norm: Layer = layers.batchNormalization()
  readonly depth: Layer = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' })
  readonly scores: Layer = layers.dense({ units: 3, activation: 'softmax' })
  readonly box: Layer = layers.dense({ units: 2 })
  readonly #heads: boolean

  constructor(heads = false) {
    super({ seed: 4 })
    this.#heads = heads
  }

  override call(x: tf.Tensor): tf.Tensor | Record<string, tf.Tensor> {
    const first = tf.relu(this.norm.apply<tf.Tensor>(this.stem.apply(x)))
    const sum = tf.add(tf.relu6(this.depth.apply<tf.Tensor>(first)), first)
    const features = tf.mean(sum, [1, 2])
    const scores: tf.Tensor = this.scores.apply(features)
    return this.#heads ? { class: scores, box: this.box.apply(features) } : scores
  }
}

function built(heads = false, channels = 3): Net {
  const model = new Net(heads)
  model.build([null, 10, 8, channels])
  // Biases that are 0 would be left out of files.
  for (const [at, { variable }] of model.namedWeights().entries()) {
    tf.tidy(() => {
      const more = tf.randomUniform(variable.shape, 0.1, 0.3, 'float32', at + 1)
      variable.assign(tf.add(variable, more))
    })
  }
  return model
}

const picture = { kind: 'image', width: 8, height: 10, channels: 3, fit: 'cover' } as const

type Write = (path: string) => Promise<unknown>

const to = (path: string, bytes: Uint8Array) => writeFile(path, bytes)

/** A file of half precision. */
const half: Write = async (path) => {
  const float = `${path}.float`
  await exportOnnx(built(), { path: float })
  await reduceOnnx(float, { to: 'fp16', path, maxDrop: 100 })
}

const FILES: Readonly<
  Record<string, { readonly write: Write; readonly feed: Feed; readonly near?: number }>
> = {
  'with channels last': {
    write: async (path) => to(path, (await exportOnnx(built())).bytes),
    feed: { shape: [2, 10, 8, 3] },
  },
  'with channels first': {
    write: async (path) => to(path, (await exportOnnx(built(), { layout: 'nchw' })).bytes),
    feed: { shape: [2, 3, 10, 8] },
  },
  'of two outputs by name': {
    write: async (path) => to(path, (await exportOnnx(built(true))).bytes),
    feed: { shape: [2, 10, 8, 3] },
  },
  'of opset 21': {
    write: async (path) => to(path, (await exportOnnx(built(), { opset: 21 })).bytes),
    feed: { shape: [2, 10, 8, 3] },
  },
  'that takes the bytes of pictures': {
    write: async (path) => {
      const metadata = encodingMetadata({ input: picture })
      await to(path, (await exportOnnx(built(), { preprocess: true, metadata })).bytes)
    },
    feed: { shape: [2, 10, 8, 3], below: 256 },
  },
  'that takes the bytes of pictures of any size': {
    write: async (path) => {
      const metadata = encodingMetadata({ input: picture })
      await to(path, (await exportOnnx(built(), { preprocess: 'resize', metadata })).bytes)
    },
    feed: { shape: [2, 17, 31, 3], below: 256 },
  },
  'that mixes colours to grey': {
    write: async (path) => {
      const metadata = encodingMetadata({ input: { ...picture, channels: 1 } })
      const options = { preprocess: true, colors: true, metadata }
      await to(path, (await exportOnnx(built(false, 1), options)).bytes)
    },
    feed: { shape: [2, 10, 8, 3], below: 256 },
  },
  'of half precision': { write: half, feed: { shape: [2, 10, 8, 3] }, near: 2e-3 },
}

for (const [index, [name, { write, feed, near = 1e-5 }]] of Object.entries(FILES).entries()) {
  const declare = index % 3 === 0 ? test : slow
  declare(`${name}, give what they gave, and after export again`, () =>
    inScratch({}, async (folder) => {
      const path = join(folder, 'model.onnx')
      await write(path)
      const model = await loadOnnx(path)
      const [{ name: input } = { name: 'x' }] = model.signature()!.inputs
      assert.ok(model.namedWeights().length >= 6, `${model.namedWeights().length} weights`)
      model.dispose()
      const { imported, exported } = await compareFile(path, { [input]: feed })
      assert.ok(imported <= near, `imported ${imported}`)
      assert.ok(exported <= near, `exported ${exported}`)
    }),
  )
}

test('batch norms that are frozen stay as they are in training, their statistics and their factors', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'model.onnx')
    await to(path, await unfoldedOnnx(built()))
    const [x, y] = [
      tf.tensor(numbers(4 * 240, 2), [4, 10, 8, 3]),
      tf.tensor1d([0, 1, 2, 0], 'int32'),
    ]
    for (const batchNorm of ['frozen', 'train'] as const) {
      const model = await loadOnnx(path, { batchNorm })
      const norms = () =>
        model
          .namedWeights()
          .filter(({ name }) => name.startsWith('norm'))
          .map(({ name, variable }) => [name, Array.from(variable.dataSync())] as const)
      const before = norms()
      assert.is(before.length, 4)
      model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy', metrics: [] })
      await model.fit(x, y, { epochs: 2, batchSize: 4 })
      const same = norms().filter(([, data], at) => String(data) === String(before[at]![1]))
      assert.is(same.length, batchNorm === 'frozen' ? 4 : 0, batchNorm)
      const others = model.namedWeights().filter(({ name }) => name.startsWith('stem'))
      assert.ok(others.every(({ trainable }) => trainable))
      model.dispose()
    }
    tf.dispose([x, y])
  }))

test.run()
