import { sampled } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { addResizeTests } from '../support/resize-sizes.ts'

await tf.setBackend('cpu')

const test = suite('scaled images of every size up to 64')

addResizeTests(
  sampled(5, test),
  Array.from({ length: 64 }, (_, index) => index + 1),
)

test.run()
