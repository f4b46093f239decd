import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type WindowAttrs, windowOf } from '../../src/lower/window.ts'
import { isWorthTiles, isWorthTrying, winogradPlan } from '../../src/lower/winograd-plan.ts'

const test = suite('tiles of Winograd convolutions')

interface Case {
  readonly batch?: number
  readonly space?: readonly number[]
  readonly kernel?: readonly number[]
  readonly channels?: number
  readonly attrs?: Partial<WindowAttrs>
}

function planOf({ batch = 64, space = [8, 8], kernel = [3, 3], channels = 256, attrs }: Case) {
  const window = windowOf(space, kernel, { strides: 1, pad: 'same', ...attrs })
  return winogradPlan({ window, batch, inputs: channels, outputs: channels })
}

const tilesOf = (given: Case) => planOf(given)?.axes.map(({ tile }) => tile)

test('tiles are as large as rounding allows, where they fit the image', () => {
  assert.equal(tilesOf({ space: [8, 8] }), [4, 4])
  assert.equal(tilesOf({ space: [4, 16] }), [4, 4])
  assert.equal(tilesOf({ space: [6, 8] }), [3, 4])
  assert.equal(tilesOf({ space: [7, 7] }), [4, 4])
  assert.equal(tilesOf({ space: [32, 32], kernel: [2, 4] }), [4, 3])
})

test('what a step holds grows to less than three numbers for each pixel', () => {
  for (const kernel of [
    [3, 3],
    [2, 2],
    [3, 2],
    [2, 4],
    [1, 4],
  ]) {
    for (const size of [2, 4, 5, 7, 8, 9, 10, 14, 16, 28, 32]) {
      const axes = planOf({ space: [size, size], kernel })?.axes ?? []
      const numbers = axes.reduce((all, { reach, count }) => all * reach * count, 1)
      assert.ok(numbers < 3 * size * size, `${kernel} over ${size}`)
    }
  }
  // Nine numbers for each pixel, four and a half, and three.
  assert.is(planOf({ space: [32, 32], kernel: [5, 5] }), undefined)
  assert.is(planOf({ space: [32, 32], kernel: [5, 3] }), undefined)
  assert.is(planOf({ space: [32, 32], kernel: [1, 5] }), undefined)
  // Nine tiles of 36 for 100 pixels.
  assert.is(planOf({ space: [10, 10] }), undefined)
  assert.is(planOf({ space: [2, 2] }), undefined)
})

test('what reaches over the edge counts: images of nine pixels are cut into three tiles of three', () => {
  assert.equal(tilesOf({ space: [9, 9] }), [3, 3])
  assert.equal(planOf({ space: [9, 9] })!.axes[0].count, 3)
})

test('few tiles of many channels are small: what a filter is transformed to would be larger than they are', () => {
  assert.equal(tilesOf({ batch: 64, space: [8, 8], channels: 512 }), [4, 4])
  assert.equal(tilesOf({ batch: 4, space: [8, 8], channels: 512 }), [3, 4])
})

test('a stride, gaps between taps, one tap, one pixel and three axes leave nothing to save', () => {
  assert.is(planOf({ attrs: { strides: 2 } }), undefined)
  assert.is(planOf({ attrs: { dilations: 2 } }), undefined)
  assert.is(planOf({ kernel: [1, 1] }), undefined)
  assert.is(planOf({ space: [1, 1] }), undefined)
  assert.is(planOf({ space: [4, 4, 4], kernel: [3, 3, 3] }), undefined)
  // More taps than there are points for.
  assert.is(planOf({ kernel: [9, 9] }), undefined)
})

test('many channels are worth it, few are not even worth a trial', () => {
  assert.ok(isWorthTiles(planOf({ channels: 256 })))
  assert.not(isWorthTiles(planOf({ channels: 64 })))
  assert.ok(isWorthTrying(planOf({ channels: 64 })))
  assert.not(isWorthTrying(planOf({ channels: 16 })))
  assert.not(isWorthTrying(undefined))
})

test.run()
