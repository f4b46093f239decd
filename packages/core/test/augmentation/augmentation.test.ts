import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { augmentationPlugins } from '../../src/augmentation/index.ts'
import { lowerBetaQuantiles } from '../../src/augmentation/mixup.ts'
import {
  type Augmentation,
  type Callback,
  crop,
  erase,
  flip,
  mixup,
  rotate,
  type Samples,
  sampleAt,
  sgd,
  shift,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'
import { stripes } from '../support/points.ts'
import { compiledClassifier, numbersOf, TinyClassifier } from '../support/tiny-models.ts'

const test = suite('augmentation')

const image = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]

/** The image, once per row of draws, after an augmentation. */
function apply(augmentation: Augmentation, ...draws: number[][]): number[][][] {
  return tf.tidy(() => {
    const inputs = tf.tensor4d(
      draws.map(() => image.map((row) => row.map((pixel) => [pixel]))),
      [draws.length, 3, 3, 1],
    )
    const labels = tf.zeros([draws.length], 'int32')
    const columns = Array.from({ length: augmentation.draws }, (_, column) =>
      tf.tensor1d(draws.map((row) => row[column]!)),
    )
    const { inputs: found } = augmentation.apply({ inputs, labels }, columns)
    return tf.squeeze(found, [3]).arraySync() as number[][][]
  })
}

const near = (found: number[][], expected: number[][]) =>
  allClose(found.flat(), expected.flat(), { absolute: 1e-4 })

test('shift moves by up to its part of the image, down and to the right for the larger draws', () => {
  const augmentation = shift({ x: 1 / 3, y: 1 / 3, fill: -1 })
  const [still, right, up, half] = apply(augmentation, [0.5, 0.5], [0.5, 1], [0, 0.5], [0.5, 0.75])
  near(still!, image)
  near(right!, [
    [-1, 1, 2],
    [-1, 4, 5],
    [-1, 7, 8],
  ])
  near(up!, [
    [4, 5, 6],
    [7, 8, 9],
    [-1, -1, -1],
  ])
  near(half!, [
    [0, 1.5, 2.5],
    [1.5, 4.5, 5.5],
    [3, 7.5, 8.5],
  ])
  const nearest = shift({ x: 1 / 3, interpolation: 'nearest' })
  near(apply(nearest, [0.5, 0.9])[0]!, [
    [0, 1, 2],
    [0, 4, 5],
    [0, 7, 8],
  ])
})

test('rotate turns around the middle', () => {
  const augmentation = rotate({ degrees: 90 })
  const [still, one, other] = apply(augmentation, [0.5], [1], [0])
  near(still!, image)
  near(one!, [
    [3, 6, 9],
    [2, 5, 8],
    [1, 4, 7],
  ])
  near(other!, [
    [7, 4, 1],
    [8, 5, 2],
    [9, 6, 3],
  ])
  // Over 45 degrees a corner comes from outside, a place on the circle from between its neighbours.
  const [slanted] = apply(rotate({ degrees: 45 }), [1])
  assert.ok(slanted![0]![0]! < 3)
  allClose([slanted![1]![1]!], [5], { absolute: 1e-5 })
})

test('flip mirrors what is drawn below its probability', () => {
  const both = flip({ vertical: true, probability: 0.5 })
  const [none, horizontal, vertical] = apply(both, [0.5, 0.5], [0.4, 0.5], [0.9, 0])
  assert.equal(none, image)
  assert.equal(
    horizontal,
    image.map((row) => row.toReversed()),
  )
  assert.equal(vertical, image.toReversed())
  assert.equal(apply(flip({ horizontal: false }), [0, 0])[0], image)
})

test('crop cuts its own size out of the padded image, at whole pixels', () => {
  const augmentation = crop({ padding: 1 })
  // Draws up to 1/3, 2/3 and 1: offsets -1, 0 and 1.
  const [still, corner] = apply(augmentation, [0.5, 0.5], [0.1, 0.9])
  assert.equal(still, image)
  assert.equal(corner, [
    [0, 0, 0],
    [2, 3, 0],
    [5, 6, 0],
  ])
  assert.equal(apply(crop({ padding: 1, fill: 7 }), [0.999, 0.4])[0], [
    [4, 5, 6],
    [7, 8, 9],
    [7, 7, 7],
  ])
})

test('erase paints a rectangle of the area and ratio that are drawn', () => {
  const augmentation = erase({ area: [2 / 9, 4 / 9], ratio: [1, 2], fill: -1 })
  // Chance, area, ratio, place.
  const [none, square, tall] = apply(
    augmentation,
    [0.5, 1, 0, 0, 0],
    [0, 1, 0, 0.999, 0],
    [0, 0, 1, 0, 0.5],
  )
  assert.equal(none, image)
  assert.equal(square, [
    [1, 2, 3],
    [-1, -1, 6],
    [-1, -1, 9],
  ])
  assert.equal(tall, [
    [1, -1, 3],
    [4, -1, 6],
    [7, 8, 9],
  ])
})

test('mixup mixes inputs and labels with those of the batch backwards', () => {
  tf.tidy(() => {
    const augmentation = mixup({ alpha: 1 })
    const inputs = tf.tensor2d([
      [0, 8],
      [4, 4],
      [8, 0],
    ])
    const labels = tf.tensor1d([0, 1, 2], 'int32')
    // With alpha 1 the smaller share is uniform between 0 and one half.
    const { inputs: found, mixed } = augmentation.apply({ inputs, labels }, [
      tf.tensor1d([0.5, 0.3, 0]),
    ])
    allClose(found.dataSync(), [2, 6, 4, 4, 8, 0], { absolute: 1e-3 })
    assert.equal([...mixed!.labels.dataSync()], [2, 1, 0])
    allClose(mixed!.share.dataSync(), [0.25, 0.15, 0], { absolute: 1e-4 })
  })
})

test('shares are those of the Beta distribution', () => {
  // alpha 1: uniform. alpha 2: the distribution function is 3x² - 2x³, doubled for the smaller share.
  const [uniform, bell] = [lowerBetaQuantiles(1, 100), lowerBetaQuantiles(2, 100)]
  for (let step = 0; step <= 100; step++) {
    allClose([uniform[step]!], [step / 200], { absolute: 1e-5 })
    const x = bell[step]!
    allClose([2 * (3 * x * x - 2 * x ** 3)], [step / 100], { absolute: 1e-4 })
  }
  // alpha 1/2 is the arc sine distribution: F(x) = 2/pi * asin(sqrt(x)).
  const arc = lowerBetaQuantiles(0.5, 100)
  for (const [step, x] of arc.entries()) {
    allClose([(4 / Math.PI) * Math.asin(Math.sqrt(x))], [step / 100], { absolute: 1e-3 })
  }
  const few = lowerBetaQuantiles(0.2, 100)
  assert.ok(few.every((x, i) => i === 0 || x >= few[i - 1]!))
  assert.ok(few[50]! < 0.03, 'half of all samples are hardly mixed')
})

test('a sample is read between pixels, and from outside', () => {
  tf.tidy(() => {
    const images = tf.tensor4d(image.flat(), [1, 3, 3, 1])
    const at = (y: number, x: number, mode: 'bilinear' | 'nearest') => {
      const grid = (value: number) => tf.fill([1, 3, 3], value)
      const source = { y: grid(y), x: grid(x) }
      return sampleAt(images, source, mode, 10).dataSync()[0]!
    }
    allClose([at(0.5, 0.5, 'bilinear')], [3])
    allClose([at(0.25, 2, 'bilinear')], [0.75 * 3 + 0.25 * 6])
    allClose([at(-0.5, 0, 'bilinear'), at(-5, 9, 'bilinear')], [5.5, 10])
    assert.equal([at(0.4, 1.6, 'nearest'), at(2.6, 0, 'nearest')], [3, 10])
  })
})

test('only images can be moved', async () => {
  for (const plugin of augmentationPlugins.filter(({ name }) => name !== 'mixup')) {
    const augmentation = plugin.create(plugin.options.parse({}), undefined as never)
    const draws = Array.from({ length: augmentation.draws }, () => tf.zeros([2]))
    const inputs = tf.zeros([2, 4])
    const labels = tf.zeros([2], 'int32')
    assert.is(
      await refusal(() => augmentation.apply({ inputs, labels }, draws)),
      `augmentation ${plugin.name}: inputs must be images, [batch, height, width, channels], got [2, 4]`,
    )
    tf.dispose([inputs, labels, ...draws])
  }
})

test('wrong options are refused', () => {
  const wrong: Record<string, object> = {
    shift: { x: 2 },
    rotate: { degrees: -1 },
    flip: { probability: 1.5 },
    crop: { padding: 0 },
    erase: { area: [0.5, 0.1] },
    mixup: { alpha: 0 },
    cutmix: { alpha: 0 },
    blur: { kernelSize: 4 },
    grayscale: { probability: 2 },
    'color-jitter': { hue: 0.6 },
    'random-resized-crop': { scale: [1, 0.5] },
    'rand-augment': { magnitude: 31 },
  }
  for (const plugin of augmentationPlugins) {
    const options = wrong[plugin.name]!
    assert.throws(() => plugin.options.parse(options), new RegExp(Object.keys(options)[0]!))
  }
})

/** Losses of single steps; nothing is learnt, so that only the samples matter. */
async function lossesOf(
  augmentations: readonly Augmentation[],
  options: { seed?: number; engine?: string } = {},
): Promise<number[]> {
  const losses: number[] = []
  const callback: Callback = { name: 'losses', onBatchEnd: ({ loss }) => void losses.push(loss) }
  const model = compiledClassifier(sgd({ learningRate: 0 }))
  const data: Samples = { ...stripes(6), info: { ...stripes(6).info, inputShape: [6, 6, 1] } }
  class Pixels extends TinyClassifier {
    override call(x: tf.Tensor): tf.Tensor {
      return super.call(tf.reshape(x, [x.shape[0]!, 36]))
    }
  }
  const pixels = new Pixels(3)
  pixels.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'sparse-categorical-crossentropy' })
  await pixels.fit(data, {
    engine: 'tfjs',
    epochs: 3,
    batchSize: 6,
    shuffle: false,
    augmentations,
    callbacks: [callback],
    ...options,
  })
  assert.ok(numbersOf(pixels).every(Number.isFinite))
  model.dispose()
  pixels.dispose()
  return losses
}

test('in training, samples change with every step and repeat with the seed, alike on both engines', async () => {
  const all = [shift(), rotate(), flip(), crop({ padding: 1 }), erase(), mixup()]
  const first = await lossesOf(all, { seed: 1 })
  assert.is(new Set(first).size, 3)
  assert.equal(await lossesOf(all, { seed: 1 }), first)
  assert.not.equal(await lossesOf(all, { seed: 2 }), first)
  allClose(await lossesOf(all, { seed: 1, engine: 'onnxruntime' }), first, { relative: 1e-4 })
})

test('without any, and in evaluation, samples stay as they are', async () => {
  const [first, ...others] = await lossesOf([])
  allClose(others, [first!, first!])
})

test.run()
