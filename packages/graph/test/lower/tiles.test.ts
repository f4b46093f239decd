import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tilesOf } from '../../src/lower/tiles.ts'
import { windowOf } from '../../src/lower/window.ts'

const test = suite('tiles of windows')

test('share what their windows see', () => {
  const window = windowOf([28, 28], [7, 7], { strides: 1, pad: 'same' })
  const { size, window: tile } = tilesOf(window, 64)
  assert.equal(size, [4, 4])
  assert.equal(tile.kernel, [10, 10])
  assert.equal(tile.strides, [4, 4])
  assert.equal(tile.output, [7, 7])
  assert.equal([tile.before, tile.after], [window.before, window.after])
})

test('follow strides and dilations', () => {
  const strided = tilesOf(windowOf([28, 28], [7, 7], { strides: 2, pad: 'same' }), 64)
  assert.equal(strided.size, [2, 2])
  assert.equal(strided.window.kernel, [9, 9])
  assert.equal(strided.window.strides, [4, 4])
  const dilated = tilesOf(windowOf([32, 32], [3, 3], { strides: 1, pad: 'same', dilations: 2 }), 64)
  assert.equal(dilated.window.dilations, dilated.size[0] === 1 ? [2, 2] : [1, 1])
})

test('are single windows where these have nothing in common, or there are few', () => {
  const apart = windowOf([8, 8], [2, 2], { strides: 2, pad: 'valid' })
  assert.is(tilesOf(apart, 64).window, apart)
  const prime = windowOf([7, 7], [7, 7], { strides: 1, pad: 'valid' })
  assert.equal(tilesOf(prime, 1).size, [1, 1])
})

test.run()
