import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { perAxis } from '../../src/lower/window.ts'

const test = suite('perAxis')

test('takes one number, one per axis, or none: null is what tfjs gives for a depthwise layer', () => {
  assert.equal(perAxis(2, 2), [2, 2])
  assert.equal(perAxis([2, 3], 2), [2, 3])
  assert.equal(perAxis(undefined, 2), [1, 1])
  assert.equal(perAxis(null, 2), [1, 1])
})

test.run()
