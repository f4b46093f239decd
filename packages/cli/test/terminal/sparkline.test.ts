import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sparkline } from '../../src/terminal/sparkline.ts'

const test = suite('sparkline')

test('lowest, highest, what is between, and what is no number', () => {
  const scale = { low: 0, high: 7, width: 10 }
  assert.is(sparkline([0, 3, 7, Number.NaN, 1], scale), '▁▄█ ▂')
  assert.is(sparkline([2, 2], { low: 2, high: 2, width: 10 }), '▁▁')
  assert.is(sparkline([0, 0, 7, 7], { ...scale, width: 2 }), '▁█')
  assert.is(sparkline([], scale), '')
})

test.run()
