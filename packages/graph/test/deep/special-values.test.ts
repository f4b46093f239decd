import { sampled } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { FAR_REACH } from '../support/sweep.ts'
import { sweepLowerings } from '../support/sweep-lowerings.ts'

await tf.setBackend('cpu')

const test = suite('op table: special and extreme numbers, and many others')

await sweepLowerings(sampled(4, test), FAR_REACH)

test.run()
