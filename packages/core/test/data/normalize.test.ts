import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  channelScaling,
  type Dataset,
  type ImageEncoding,
  layers,
  loadSamples,
  Model,
  type Normalize,
  type StreamSamples,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('normalized channels')
const LENGTH = 12

class Pass extends Model {
  readonly flat = layers.flatten()

  override call(x: tf.Tensor): tf.Tensor {
    return this.flat.apply(x)
  }
}

const next = seedrandom.alea('pixels')
const inputs = Uint8Array.from({ length: LENGTH * 36 }, (_, at) =>
  Math.floor(next() * [256, 100, 20][at % 3]!),
)
const split = {
  inputs,
  labels: Uint8Array.from({ length: LENGTH }, (_, i) => i % 2),
  length: LENGTH,
}

function dataset(normalize?: Normalize, channels: number = 3): Dataset {
  return {
    info: {
      ...{ name: 'pictures', inputShape: [3, 4, channels], labelShape: [], inputDtype: 'uint8' },
      ...{ inputRange: [0, 255], classes: ['a', 'b'], licence: 'none', source: 'here' },
      ...(normalize && { normalize }),
    },
    load: () => Promise.resolve({ train: split, test: split, digest: 'sha256:0' }),
  }
}

/** By the definition, in double precision. */
function naive(rows: readonly number[]) {
  return [0, 1, 2].map((channel) => {
    const values = rows.flatMap((row) =>
      Array.from({ length: 12 }, (_, at) => inputs[row * 36 + at * 3 + channel]! / 255),
    )
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return [mean, Math.sqrt(square)] as const
  })
}

test('mean and deviation of each channel, of all rows or of some', async () => {
  const info = dataset().info
  for (const rows of [undefined, Uint32Array.of(1, 5, 6, 11)]) {
    const { mean, std } = await channelScaling({ ...split, info }, rows)
    const expected = naive(Array.from(rows ?? split.labels, (row, i) => (rows ? row : i)))
    allClose(
      mean,
      expected.map(([each]) => each),
      { absolute: 1e-12 },
    )
    allClose(
      std,
      expected.map(([, each]) => each),
      { absolute: 1e-12 },
    )
  }
  const still = { inputs: new Uint8Array(72).fill(51), labels: new Uint8Array(2), length: 2, info }
  assert.equal(await channelScaling(still), { mean: [0.2, 0.2, 0.2], std: [1, 1, 1] })
})

test('pictures that are read when they are needed are fitted to as well', async () => {
  const { info } = dataset()
  const samples = {
    ...{ info, length: LENGTH },
    stream: {
      dtypes: { inputs: 'uint8', labels: 'uint8' },
      async read(rows, into) {
        for (const [at, row] of rows.entries()) {
          ;(into.inputs as Uint8Array).set(inputs.subarray(row * 36, (row + 1) * 36), at * 36)
        }
      },
    },
  } satisfies StreamSamples
  for (const rows of [undefined, Uint32Array.of(1, 5, 6, 11)]) {
    const inMemory = await channelScaling({ ...split, info }, rows)
    assert.equal(await channelScaling(samples, rows), inMemory)
  }
})

test('the model sees them, in training and later, and the encoding says so', async () => {
  const { train, input } = await loadSamples(dataset('data'))
  const image = input as ImageEncoding
  const expected = Float32Array.from(inputs, (byte, at) => {
    return (byte / 255 - image.mean![at % 3]!) / image.std![at % 3]!
  })
  allClose(
    image.mean!,
    naive(Array.from(split.labels, (_, i) => i)).map(([each]) => each),
    { absolute: 1e-12 },
  )
  const model = new Pass()
  const { data } = await model.predict(train, { engine: 'tfjs' })
  allClose(data, expected, { absolute: 1e-5 })
  // Their mean is 0 and their deviation 1.
  const [mean, variance] = tf.tidy(() => {
    const { mean, variance } = tf.moments(tf.tensor(data, [LENGTH * 12, 3]), 0)
    return [mean.dataSync(), variance.dataSync()]
  })
  allClose(mean!, [0, 0, 0], { absolute: 1e-4 })
  allClose(variance!, [1, 1, 1], { absolute: 1e-3 })
  model.dispose()
})

test('a fold is fitted to its own rows; a model that was trained is not fitted anew', async () => {
  const samples = await loadSamples(dataset('data'))
  const rows = Uint32Array.of(0, 2, 3)
  const { input } = await samples.refit!(rows)
  allClose(
    (input as ImageEncoding).mean!,
    naive([0, 2, 3]).map(([each]) => each),
    { absolute: 1e-12 },
  )
  const seen: ImageEncoding = {
    ...{ kind: 'image', height: 3, width: 4, channels: 3, fit: 'contain' },
    ...{ mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
  }
  const trained = await loadSamples(dataset('data'), { input: seen })
  assert.equal(trained.test.info.scaling, { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] })
  assert.is(trained.refit, undefined)
  // One of an older version, that saw plain pixels.
  const { mean: _, std: __, ...plain } = seen
  const before = await loadSamples(dataset('data'), { input: plain })
  assert.is(before.test.info.scaling, undefined)
})

test('augmentations see pictures from 0 to 1, and the step what is normalized', async () => {
  const { train } = await loadSamples(dataset({ mean: [2, 2, 2], std: [1, 1, 1] }))
  let [low, high] = [0, 0]
  class Seen extends Model {
    readonly flat = layers.flatten()
    readonly head = layers.dense({ units: 2 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.head.apply(this.flat.apply(x))
    }
  }
  const model = new Seen({ seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' })
  await model.fit(train, {
    engine: 'tfjs',
    batchSize: LENGTH,
    augmentations: [
      {
        name: 'look',
        draws: 0,
        apply(batch) {
          low = batch.inputs.min().dataSync()[0]!
          high = batch.inputs.max().dataSync()[0]!
          return batch
        },
      },
    ],
  })
  assert.ok(low >= 0 && high <= 1, `${low} ${high}`)
  model.dispose()
})

test('numbers for another count of channels, and data that is no picture', async () => {
  const refused = (from: Dataset) => refusal(() => loadSamples(from))
  assert.match(
    await refused(dataset({ mean: [0.5], std: [0.5] })),
    /pictures\.normalize: mean and std must have a number for each of 3 channels/,
  )
  const floats = dataset('data')
  const info = { ...floats.info, inputDtype: 'float32' as const }
  assert.match(
    await refused({ ...floats, info }),
    /samples must be bytes of pictures, and nothing besides, got "float32"/,
  )
})

test.run()
