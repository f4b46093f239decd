import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { checkFree } from '../support/check-free.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('sizes times decimals')

/** Sizes at which float64 and the exact quotient differ (0.7 * 90 is less than 63), and others. */
const SIZES = [5, 7, 9, 25, 45, 50, 55, 85, 90, 95, 100, 110, 165, 170, 175, 180, 200, 325, 340, 57]

const FORMS: Readonly<Record<string, (h: number, w: number) => number>> = {
  'floor(0.7 h)': (h) => Math.floor(0.7 * h),
  'round(0.7 h)': (h) => Math.round(0.7 * h),
  'ceil(1.1 h)': (h) => Math.ceil(1.1 * h),
  'floor(2.3 h)': (h) => Math.floor(h * 2.3),
  'round(2.3 h) - 1': (h) => Math.round(h * 2.3) - 1,
  'ceil(0.55 h)': (h) => Math.ceil(0.55 * h),
  'floor(0.35 h), at least 3': (h) => Math.max(3, Math.floor(0.35 * h)),
  'round(0.7 h), at most 64': (h) => Math.min(64, Math.round(0.7 * h)),
  'floor(7 h / 10)': (h) => Math.floor((7 * h) / 10),
  'round(7 h / 10)': (h) => Math.round((7 * h) / 10),
  'ceil(11 h / 10)': (h) => Math.ceil((11 * h) / 10),
  'floor(0.6 h)': (h) => Math.floor(0.6 * h),
  'round(h / 3)': (h) => Math.round(h / 3),
  'floor(0.717 h)': (h) => Math.floor(0.717 * h),
  'trunc(0.7 h)': (h) => Math.trunc(0.7 * h),
  '(0.7 h) | 0': (h) => (0.7 * h) | 0,
  'round(0.7 h + 0.7 w)': (h, w) => Math.round(0.7 * (h + w)),
  'h - floor(0.3 h)': (h) => h - Math.floor(0.3 * h),
}

const some = oneIn(3, { test, slow })

for (const [name, of] of Object.entries(FORMS)) {
  some(`${name} is what JavaScript has`, async () => {
    const { wrong, refused, ran } = await checkFree(
      {
        inputs: { x: { shape: [1, null, null, 1], dtype: 'float32' } },
        run: ({ x }: { readonly x: tf.Tensor4D }) => ({
          y: tf.image.resizeNearestNeighbor(x, [Math.max(1, of(x.shape[1], x.shape[2])), 2]),
        }),
      },
      SIZES.map((size, at) => ({ x: [1, size, SIZES[(at * 7) % SIZES.length]!, 1] })),
    )
    assert.is(refused, undefined)
    assert.equal(wrong, [])
    assert.is(ran, SIZES.length)
  })
}

test.run()
