import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isWorthProducts } from '../../src/lower/one-pixel-filter-gradient.ts'

const test = suite('the gradient by a filter of one pixel')

test('is worth products of images where these are large and have few channels', () => {
  assert.ok(isWorthProducts([32, 32], 32, 144))
  assert.ok(isWorthProducts([16, 16], 32, 192))
  assert.not.ok(isWorthProducts([8, 8], 32, 192))
  assert.not.ok(isWorthProducts([16, 16], 512, 512))
})

test.run()
