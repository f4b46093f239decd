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

test('what one size is short of another is halved, though it is nothing at most sizes', () => {
  const sizes = Array.from({ length: 700 }, (_, index) => 1 + ((index * 7) % 140))
  const height = freeSize('h', sizes)
  const width = freeSize(
    'w',
    sizes.map((_, index) => 1 + Math.floor(index / 140)),
  )
  const samples = sizes.map((h, index) => {
    const size = Math.max(h, width.samples[index]!)
    return size - h - ((size - h) >> 1)
  })
  const found = new SizeRecogniser([height, width]).find(samples, [height, width])
  assert.is(found && formatSize(found), 'floor((max(h, w) + h + 1) / 2) - h')
})

test('of two forms that explain the samples both are told, until a size says which it is', () => {
  const of = (most: number) => {
    const height = freeSize(
      'h',
      Array.from({ length: most }, (_, index) => 1 + index),
    )
    const recogniser = new SizeRecogniser([height])
    const found = recogniser.find(height.samples.map((size) => Math.floor(size * 0.7)))
    return [formatSize(found!), ...recogniser.rivals.map(([, rival]) => formatSize(rival))]
  }
  // 0.7 * 90 is less than 63 in float64.
  assert.equal(of(89), ['h - floor((3 * h + 9) / 10)', 'floor(0.7 * h)'])
  assert.equal(of(90), ['floor(0.7 * h)'])
  assert.equal(of(400), ['floor(0.7 * h)'])
})

test.run()
