import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SizeRecogniser } from '../../src/capture/recognise.ts'
import {
  ceilDiv,
  formatSize,
  freeSize,
  minus,
  plus,
  type SymbolicDim,
  smaller,
  times,
} from '../../src/ir/index.ts'

const test = suite('sizes that JavaScript computed')

test('what is even at all of many sizes is halved without rounding, whatever its form', () => {
  const height = freeSize(
    'h',
    Array.from({ length: 200 }, (_, index) => 1 + ((index * 7) % 200)),
  )
  // Mirrored to a multiple of 16, as far as it reaches: even, which its form does not say.
  const padding = smaller(height, minus(times(ceilDiv(height, 16), 16), height))
  const mirrored = plus(height, padding) as SymbolicDim
  const found = (of: (size: number) => number) => {
    const size = new SizeRecogniser([height]).find(mirrored.samples.map(of), [mirrored])
    return size === undefined ? 'nothing' : formatSize(size)
  }
  const half = `floor((${formatSize(mirrored)}) / 2)`
  assert.is(
    found((size) => size / 2),
    half,
  )
  assert.is(
    found((size) => (size - 1) >> 1),
    `${half} - 1`,
  )
})

test.run()
