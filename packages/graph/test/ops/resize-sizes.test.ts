import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { addResizeTests } from '../support/resize-sizes.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('scaled images')

// Sizes at which float32, float64 or both put a pixel's border at its wrong side; all pairs up to 64 are in test/deep.
addResizeTests(oneIn(2, { test, slow }), [1, 2, 3, 7, 14, 26, 28, 30, 46, 49])

test.run()
