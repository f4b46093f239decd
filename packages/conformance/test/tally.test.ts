import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countComputed, tally } from '../src/tally.ts'

const test = suite('tally')

test('counts by kernel, place and reason', () => {
  countComputed({ kernel: 'Add', by: 'onnxruntime' })
  countComputed({ kernel: 'Add', by: 'onnxruntime' })
  countComputed({ kernel: 'Add', by: 'cpu', reason: 'small' })
  assert.equal(tally(), { 'Add\tonnxruntime\t': 2, 'Add\tcpu\tsmall': 1 })
})

test.run()
