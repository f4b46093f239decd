import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { downsample, gridOf, means } from '../../src/data/downsample.ts'

const test = suite('fewer points of a curve')

/** mulberry32: numbers from 0 to 1, always the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const curve = (length: number, next: () => number) => {
  let step = 0
  const steps = Array.from({ length }, () => {
    step += 1 + Math.floor(next() * 5)
    return step
  })
  return { steps, values: steps.map(() => next() - 0.5) }
}

test('what is few stays as it is', () => {
  const points = { steps: [1, 2, 3], values: [3, 1, 2] }
  assert.equal(downsample(points, 3), points)
  assert.equal(downsample({ steps: [], values: [] }, 10), { steps: [], values: [] })
})

test('of 60 curves: few points, all of them of the curve, in order, with both ends and both extremes', () => {
  const next = randomFrom(3)
  for (let round = 0; round < 60; round++) {
    const points = curve(1 + Math.floor(next() * 5000), next)
    const most = 4 + Math.floor(next() * 500)
    const { steps, values } = downsample(points, most)
    assert.ok(steps.length <= most + 2, `${steps.length} of ${most}`)
    const at = new Map(points.steps.map((step, i) => [step, points.values[i]]))
    assert.ok(steps.every((step, i) => at.get(step) === values[i]))
    assert.ok(steps.every((step, i) => i === 0 || step > steps[i - 1]!))
    assert.equal([steps[0], steps.at(-1)], [points.steps[0], points.steps.at(-1)])
    assert.is(Math.max(...values), Math.max(...points.values))
    assert.is(Math.min(...values), Math.min(...points.values))
  }
})

test('a window has its points, and one beyond each end', () => {
  const steps = Array.from({ length: 100 }, (_, i) => 10 * i)
  const points = { steps, values: steps }
  assert.equal(downsample(points, 50, { from: 100, to: 130 }).steps, [90, 100, 110, 120, 130, 140])
  assert.equal(downsample(points, 50, { from: 101, to: 129 }).steps, [100, 110, 120, 130])
  assert.equal(downsample(points, 50, { from: -50, to: 5 }).steps, [0, 10])
  assert.equal(downsample(points, 50, { from: 2000, to: 3000 }).steps, [990])
})

test('means on a grid: each part that of its points, whatever the steps of a curve are', () => {
  const next = randomFrom(5)
  for (let round = 0; round < 40; round++) {
    const points = curve(1 + Math.floor(next() * 300), next)
    const window = { from: points.steps[0]!, to: points.steps.at(-1)! }
    const parts = 1 + Math.floor(next() * 40)
    const found = means(points, parts, window)
    assert.is(gridOf(parts, window).length, parts)
    const width = (window.to - window.from) / parts || 1
    for (const [part, mean] of found.entries()) {
      const own = points.values.filter((_, i) => {
        const place = Math.floor((points.steps[i]! - window.from) / width)
        return Math.min(parts - 1, place) === part
      })
      if (own.length === 0) assert.is(mean, null)
      else {
        const expected = own.reduce((a, b) => a + b, 0) / own.length
        assert.ok(Math.abs(Number(mean) - expected) < 1e-12)
      }
    }
  }
})

test.run()
