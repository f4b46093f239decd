import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Augmentation,
  blur,
  cutmix,
  randAugment,
  randomResizedCrop,
  type TrainingBatch,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('places')

/** A batch of images of one channel, each of numbers of its own. */
function batchOf(count: number, height: number, width: number): TrainingBatch {
  const numbers = Array.from({ length: count * height * width }, (_, at) => ((at * 37) % 101) / 101)
  return {
    inputs: tf.tensor4d(numbers, [count, height, width, 1]),
    labels: tf.range(0, count, 1, 'int32'),
  }
}

function drawn(augmentation: Augmentation, draws: number[][]): tf.Tensor[] {
  return Array.from({ length: augmentation.draws }, (_, column) =>
    tf.tensor1d(draws.map((row) => row[column]!)),
  )
}

test('the whole image, cut out, is the image', () => {
  tf.tidy(() => {
    const augmentation = randomResizedCrop({ scale: [1, 1], ratio: [1.2, 1.2] })
    const batch = batchOf(2, 5, 6)
    const draws = drawn(augmentation, [
      [0, 0, 0, 0],
      [0.9, 0.9, 0.9, 0.9],
    ])
    const { inputs } = augmentation.apply(batch, draws)
    allClose(inputs.dataSync() as Float32Array, batch.inputs.dataSync() as Float32Array)
  })
})

test('a quarter of the image, cut out of a corner, is that corner twice as large', () => {
  tf.tidy(() => {
    const nearest = randomResizedCrop({
      scale: [0.25, 0.25],
      ratio: [1, 1],
      interpolation: 'nearest',
    })
    const batch = batchOf(1, 6, 6)
    const { inputs } = nearest.apply(batch, drawn(nearest, [[0, 0, 0.9999999, 0]]))
    const before = tf.squeeze(batch.inputs, [0, 3]).arraySync() as number[][]
    const found = tf.squeeze(inputs, [0, 3]).arraySync() as number[][]
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        assert.is(found[y]![x], before[3 + Math.floor(y / 2)]![Math.floor(x / 2)])
      }
    }
  })
})

test('a Gaussian keeps what is flat, and its weights are those of the formula', () => {
  tf.tidy(() => {
    const augmentation = blur({ probability: 1, sigma: [0.8, 0.8], kernelSize: 5 })
    const draws = drawn(augmentation, [[0, 0]])
    const flat = augmentation.apply(
      { inputs: tf.fill([1, 7, 6, 2], 0.4), labels: tf.zeros([1], 'int32') },
      draws,
    )
    allClose(flat.inputs.dataSync() as Float32Array, new Float32Array(84).fill(0.4))
    const dot = new Float32Array(81)
    dot[40] = 1
    const spread = augmentation.apply(
      { inputs: tf.tensor4d(dot, [1, 9, 9, 1]), labels: tf.zeros([1], 'int32') },
      draws,
    )
    const weight = (distance: number) =>
      Math.abs(distance) > 2 ? 0 : Math.exp(-(distance ** 2) / (2 * 0.64))
    const total = [-2, -1, 0, 1, 2].reduce((sum, each) => sum + weight(each), 0)
    const expected = Float32Array.from(
      dot,
      (_, at) => (weight(Math.floor(at / 9) - 4) * weight((at % 9) - 4)) / total ** 2,
    )
    allClose(spread.inputs.dataSync() as Float32Array, expected, { absolute: 1e-6 })
  })
})

test('a blur of an image smaller than its reach mirrors what there is', () => {
  tf.tidy(() => {
    const augmentation = blur({ probability: 1, kernelSize: 9 })
    const { inputs } = augmentation.apply(batchOf(1, 1, 3), drawn(augmentation, [[0, 0.5]]))
    assert.equal(inputs.shape, [1, 1, 3, 1])
    assert.ok(inputs.dataSync().every(Number.isFinite))
  })
})

test('cutmix pastes from its partner, and the share is that of the pixels', () => {
  tf.tidy(() => {
    const augmentation = cutmix()
    const batch = batchOf(3, 8, 8)
    const draws = drawn(augmentation, [
      [0.99, 0.5, 0.5],
      [0.5, 0, 0.999],
      [0, 0.2, 0.3],
    ])
    const { inputs, mixed } = augmentation.apply(batch, draws)
    const before = batch.inputs.arraySync() as number[][][][]
    const found = inputs.arraySync() as number[][][][]
    const shares = mixed!.share.arraySync() as number[]
    assert.equal(mixed!.labels.arraySync(), [2, 1, 0])
    for (const [at, image] of found.entries()) {
      const own = before[at]!.flat(2)
      const other = before[2 - at]!.flat(2)
      const pasted = image.flat(2).filter((value, pixel) => {
        assert.ok(value === own[pixel] || value === other[pixel])
        return value !== own[pixel]
      })
      if (at !== 1) assert.is(pasted.length / 64, shares[at])
    }
    assert.ok(shares[0]! > 0.2 && shares[0]! <= 0.57, String(shares))
    assert.ok(shares[1]! > 0 && shares[1]! < 0.2)
    assert.is(shares[2], 0)
  })
})

test('each change of rand-augment leaves pixels between 0 and 1, and strength 0 moves none', () => {
  tf.tidy(() => {
    const strong = randAugment({ layers: 1, magnitude: 30 })
    const rows = Array.from({ length: 26 }, (_, at) => [(at / 2 + 0.25) / 13, at % 2 === 0 ? 0 : 1])
    const batch = { inputs: batchOf(26, 7, 7).inputs, labels: tf.zeros([26], 'int32') }
    const { inputs } = strong.apply(batch, drawn(strong, rows))
    const numbers = inputs.dataSync() as Float32Array
    assert.ok(numbers.every((each) => each >= 0 && each <= 1))
    const before = batch.inputs.dataSync() as Float32Array
    const isChanged = rows.map((_, at) =>
      numbers.subarray(at * 49, at * 49 + 49).some((value, i) => value !== before[at * 49 + i]),
    )
    // Identity, and saturation of gray images, are the two that change nothing.
    assert.is(isChanged.filter((each) => !each).length, 4, isChanged.join())

    const weak = randAugment({ layers: 1, magnitude: 0 })
    const same = weak.apply(
      batch,
      drawn(weak, rows.slice(0, 24)).map((each) => each.pad([[0, 2]])),
    )
    const kept = same.inputs.dataSync() as Float32Array
    // All but posterizing, which keeps 8 bits, and autocontrast, which has no strength.
    allClose(kept.subarray(0, 20 * 49), before.subarray(0, 20 * 49), { absolute: 1 / 255 })
  })
})

test.run()
