import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { binaryKernels } from '../../src/ops/binary.ts'
import { boundedKernels } from '../../src/ops/bounded.ts'
import { reductionKernels } from '../../src/ops/reduction.ts'
import { unaryKernels } from '../../src/ops/unary.ts'
import { USUAL_REACH } from '../support/sweep.ts'
import { sweepLowerings } from '../support/sweep-lowerings.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('op table: special and extreme numbers')

test('every kernel of single numbers, of pairs and over axes says what it means', () => {
  for (const { kernel, exact } of [...unaryKernels, ...boundedKernels, ...binaryKernels]) {
    assert.type(exact?.of, 'function', kernel)
  }
  for (const { kernel, exact } of reductionKernels) assert.type(exact?.over, 'function', kernel)
})

await sweepLowerings(oneIn(3, { test, slow }), USUAL_REACH)

test.run()
