import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  boundsOf,
  ceilDiv,
  type Dim,
  evaluate,
  floorDiv,
  formatSize,
  freeSize,
  keyOf,
  larger,
  minus,
  plus,
  remainder,
  roundedDiv,
  smaller,
  substitute,
  times,
} from '../../src/ir/index.ts'

const test = suite('sizes that vary')

const h = freeSize('height', [3, 8, 13, 64, 1001], { low: 1 })
const w = freeSize('width', [5, 2, 17, 9, 33], { low: 1 })

/** That two ways to say a size are one. */
function same(a: Dim, b: Dim): void {
  assert.is(keyOf(a), keyOf(b), `${formatSize(a)} and ${formatSize(b)}`)
}

test('sums and products are one in any order', () => {
  same(plus(h, w, 3), plus(3, plus(w, h)))
  same(times(plus(h, 1), plus(w, 2)), plus(times(h, w), times(2, h), w, 2))
  same(minus(plus(h, w), h), w)
  assert.is(minus(h, h), 0)
  assert.is(times(h, 0), 0)
})

test('quotients', () => {
  same(floorDiv(times(h, 6), 6), h)
  same(floorDiv(plus(times(h, 6), 5), 6), h)
  same(floorDiv(floorDiv(h, 2), 3), floorDiv(h, 6))
  same(ceilDiv(ceilDiv(h, 2), 2), ceilDiv(h, 4))
  same(floorDiv(plus(times(h, 4), 3), 6), floorDiv(plus(times(h, 2), 1), 3))
  same(floorDiv(times(h, w, 3), times(h, w)), 3)
  same(floorDiv(times(plus(h, 1), plus(w, 2)), plus(w, 2)), plus(h, 1))
  same(floorDiv(times(h, -1), 32), times(-1, ceilDiv(h, 32)))
  same(roundedDiv('round', h, 2), ceilDiv(h, 2))
  assert.is(remainder(times(h, 6), 3), 0)
  assert.is(floorDiv(7, 2), 3)
})

test('bounds say which of two sizes is larger', () => {
  assert.is(larger(h, 0), h)
  assert.is(smaller(h, 0), 0)
  // The padding of a stride of 2 with a kernel of 3 is 1 or 2, of a kernel of 1 nothing.
  const padding = (kernel: number) => minus(plus(times(minus(ceilDiv(h, 2), 1), 2), kernel), h)
  assert.equal(boundsOf(padding(3)), [1, 2])
  assert.is(larger(0, padding(1)), 0)
  assert.equal(boundsOf(remainder(h, 32)), [0, 31])
  same(smaller(h, plus(h, 1)), h)
})

test('read well', () => {
  assert.is(formatSize(7), '7')
  assert.is(formatSize(h), 'height')
  assert.is(formatSize(minus(times(h, 2), w, 3)), '2 * height - width - 3')
  assert.is(formatSize(ceilDiv(h, 2)), 'floor((height + 1) / 2)')
  assert.is(formatSize(smaller(h, 100)), 'min(height, 100)')
})

test('another size may stand in the place of a free one', () => {
  const size = plus(floorDiv(times(h, 3), 4), smaller(h, w))
  same(substitute(size, h, times(w, 4)), plus(times(w, 3), w))
})

/** A random size, and what it is for values of the free ones. */
function randomSize(
  random: () => number,
  depth: number,
): readonly [size: Dim, value: (h: number, w: number) => number] {
  const number = () => 1 + Math.floor(random() * 9)
  if (depth === 0) {
    const constant = number()
    const leaves = [
      [h, (a: number) => a],
      [w, (_: number, b: number) => b],
      [constant, () => constant],
    ] as const
    return leaves[Math.floor(random() * 3)]!
  }
  const [a, of] = randomSize(random, depth - 1)
  const [b, by] = randomSize(random, depth - 1)
  const divisor = number()
  const kinds: readonly (readonly [Dim, (h: number, w: number) => number])[] = [
    [plus(a, b), (x, y) => of(x, y) + by(x, y)],
    [minus(a, b), (x, y) => of(x, y) - by(x, y)],
    [times(a, b), (x, y) => of(x, y) * by(x, y)],
    [floorDiv(a, divisor), (x, y) => Math.floor(of(x, y) / divisor)],
    [ceilDiv(a, divisor), (x, y) => Math.ceil(of(x, y) / divisor)],
    [remainder(a, divisor), (x, y) => ((of(x, y) % divisor) + divisor) % divisor],
    [smaller(a, b), (x, y) => Math.min(of(x, y), by(x, y))],
    [larger(a, b), (x, y) => Math.max(of(x, y), by(x, y))],
  ]
  return kinds[Math.floor(random() * kinds.length)]!
}

test('whatever is computed with sizes is what is computed with numbers', () => {
  const random = seedrandom('sizes')
  for (let round = 0; round < 600; round++) {
    const [size, value] = randomSize(random, 1 + (round % 4))
    const [low, high] = boundsOf(size)
    for (let sample = 0; sample < 6; sample++) {
      const [x, y] = [1 + Math.floor(random() * 200), 1 + Math.floor(random() * 200)]
      const expected = value(x, y)
      const given = evaluate(size, ({ name }) => (name === 'height' ? x : y))
      assert.is(given, expected, `${formatSize(size)} at ${x}, ${y}`)
      assert.ok(low <= expected && expected <= high, `${formatSize(size)} in ${low} to ${high}`)
    }
    if (typeof size === 'number') continue
    assert.equal(
      [...size.samples],
      h.samples.map((x, index) => value(x, w.samples[index]!)),
    )
  }
})

test.run()
