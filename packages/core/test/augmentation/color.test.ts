import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Augmentation, colorJitter, grayscale } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('colours')

const pixels = [
  [0.8, 0.2, 0.1],
  [0.1, 0.7, 0.3],
  [0.4, 0.4, 0.9],
  [0.5, 0.5, 0.5],
]

/** The four pixels, once per row of draws, after an augmentation. */
function apply(augmentation: Augmentation, ...draws: number[][]): number[][][] {
  return tf.tidy(() => {
    const inputs = tf.tensor4d(
      draws.map(() => [pixels]),
      [draws.length, 1, 4, 3],
    )
    const columns = Array.from({ length: augmentation.draws }, (_, column) =>
      tf.tensor1d(draws.map((row) => row[column]!)),
    )
    const labels = tf.zeros([draws.length], 'int32')
    const { inputs: found } = augmentation.apply({ inputs, labels }, columns)
    return tf.squeeze(found, [1]).arraySync() as number[][][]
  })
}

const near = (found: number[][], expected: number[][]) =>
  allClose(found.flat(), expected.flat(), { absolute: 1e-5 })
const gray = ([red, green, blue]: readonly number[]) =>
  0.299 * red! + 0.587 * green! + 0.114 * blue!
const clipped = (value: number) => Math.min(1, Math.max(0, value))

test('brightness is a factor between 1 less and 1 more, and pixels stay below 1', () => {
  const only = colorJitter({ brightness: 0.5, contrast: 0, saturation: 0 })
  const [dark, same, light] = apply(only, [0, 0, 0, 0], [0.5, 0, 0, 0], [1, 0, 0, 0])
  const times = (factor: number) => pixels.map((row) => row.map((each) => clipped(each * factor)))
  near(dark!, times(0.5))
  near(same!, pixels)
  near(light!, times(1.5))
})

test('contrast is around the mean gray, saturation around the gray of each pixel', () => {
  const mean = pixels.reduce((sum, each) => sum + gray(each) / 4, 0)
  const [flat] = apply(colorJitter({ brightness: 0, contrast: 1, saturation: 0 }), [0, 0, 0, 0])
  near(
    flat!,
    pixels.map(() => [mean, mean, mean]),
  )
  const [gone, more] = apply(
    colorJitter({ brightness: 0, contrast: 0, saturation: 1 }),
    [0, 0, 0, 0],
    [0, 0, 0.75, 0],
  )
  near(
    gone!,
    pixels.map((row) => row.map(() => gray(row))),
  )
  near(
    more!,
    pixels.map((row) => row.map((each) => clipped(gray(row) + (each - gray(row)) * 1.5))),
  )
})

test('a third of a turn makes red green, green blue and blue red; a whole half is its own way back', () => {
  const only = colorJitter({ brightness: 0, contrast: 0, saturation: 0, hue: 0.5 })
  const [half, third, other] = apply(only, [0, 0, 0, 1], [0, 0, 0, 0.5 + 1 / 3], [0, 0, 0, 0])
  near(half!, other!)
  near(
    third!,
    pixels.map(([red, green, blue]) => [blue!, red!, green!]),
  )
  near([half![3]!], [pixels[3]!])
})

test('grayscale takes the colours of the images that are drawn', () => {
  const [chosen, left] = apply(grayscale({ probability: 0.4 }), [0.39], [0.41])
  near(
    chosen!,
    pixels.map((row) => row.map(() => gray(row))),
  )
  near(left!, pixels)
})

test('images of other than 1 or 3 channels have no colours', () => {
  tf.tidy(() => {
    const draws = [0, 0, 0, 0].map(() => tf.tensor1d([0.3]))
    const batch = (channels: number) => ({
      inputs: tf.ones([1, 2, 2, channels]),
      labels: tf.zeros([1], 'int32'),
    })
    assert.throws(
      () => colorJitter().apply(batch(4), draws),
      /augmentation color-jitter[\s\S]*images must have 1 channel, or 3/,
    )
    assert.equal(grayscale().apply(batch(1), draws).inputs.shape, [1, 2, 2, 1])
  })
})

test.run()
