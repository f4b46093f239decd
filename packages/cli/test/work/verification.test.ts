import type { OutputDifference, Verification } from '@ashlar/export'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeVerification } from '../../src/work/verification.ts'

const test = suite('a verification in words')

const LINE = 'equal within 6e-7 on 2 sets of inputs, ort 1.30.0 against TensorFlow.js on wasm'

/** The report of a file whose outputs came out like this. */
function verification(outputs: readonly Partial<OutputDifference>[], accuracy?: object): object {
  return {
    cases: outputs.map((each) => ({ inputs: 'random', batch: 1, outputs: [each] })),
    reference: { backend: 'wasm', version: '4.22.0', passedOver: [] },
    runtime: { name: 'ort', version: '1.30.0' },
    maxAbsolute: 6e-7,
    ...(accuracy && { accuracy }),
  } satisfies Partial<Record<keyof Verification, unknown>>
}

const close = { maxAbsolute: 6e-7, passed: true }
const forgiven = { maxAbsolute: 0.002, passed: true, sensitivity: 0.001 }

test('largest difference and what was compared', () => {
  assert.equal(describeVerification(verification([close, close])), [
    LINE.replace('6e-7', '6.00e-7'),
  ])
})

test('a difference of large outputs is set against them', () => {
  const [line] = describeVerification({
    ...verification([close, close]),
    maxAbsolute: 1.5,
    maxRelative: 2e-5,
  })
  assert.match(line!, /^equal within 1.5 \(2.00e-5 of the largest output\) on 2 sets/)
})

test('within an export report, with the accuracy of both sides', () => {
  const both = { samples: 200, model: 0.99, file: 0.99 }
  const [line] = describeVerification({ verification: verification([close, close], both) })
  assert.match(line!, /; accuracy 99 % by both, on 200 samples$/)
  const apart = { samples: 200, model: 0.99, file: 0.98 }
  const [other] = describeVerification(verification([close, close], apart))
  assert.match(other!, /; accuracy 99 % by the model, 98 % by the file, on 200 samples$/)
})

test('outputs that were judged by the sensitivity of the model are named', () => {
  assert.equal(describeVerification(verification([close, forgiven])).slice(1), [
    '1 output beyond that, by up to 0.002: no further than rounding moves the model itself',
  ])
  const [, line] = describeVerification(verification([forgiven, forgiven]))
  assert.match(line!, /^2 outputs beyond that/)
})

test('the report of another exporter says nothing here', () => {
  for (const report of [undefined, {}, { format: 'other' }]) {
    assert.equal(describeVerification(report), [])
  }
})

test.run()
