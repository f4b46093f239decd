import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toDigit } from '../../src/public/digit.js'

const test = suite('digits as MNIST has them')
const SIZE = { height: 28, width: 28 }

test('nothing drawn is nothing to ask about', () => {
  assert.is(toDigit(rectangle({ top: 0, left: 0, height: 0, width: 0 }), SIZE), undefined)
})

test('the soft edge of a line alone is nothing drawn', () => {
  const ink = rectangle({ top: 0, left: 0, height: 0, width: 0 })
  ink.data[500] = 0.05
  assert.is(toDigit(ink, SIZE), undefined)
})

test('a square fills the box of 20 pixels in the middle, wherever it was drawn', () => {
  for (const [top, left] of [
    [0, 0],
    [200, 40],
    [113, 77],
  ] as const) {
    const digit = toDigit(rectangle({ top, left, height: 60, width: 60 }), SIZE)!
    for (let y = 0; y < 28; y++) {
      for (let x = 0; x < 28; x++) {
        const isInside = y >= 4 && y < 24 && x >= 4 && x < 24
        assert.ok(
          Math.abs(digit[y * 28 + x]! - Number(isInside)) < 1e-5,
          `${y},${x}: ${digit[y * 28 + x]}`,
        )
      }
    }
  }
})

test('keeps the proportions of what was drawn', () => {
  const digit = toDigit(rectangle({ top: 20, left: 20, height: 200, width: 20 }), SIZE)!
  const row = digit.subarray(14 * 28, 15 * 28)
  assert.ok(Math.abs(row.reduce((sum, each) => sum + each, 0) - 2) < 1e-4)
  const column = Array.from({ length: 28 }, (_, y) => digit[y * 28 + 14]!)
  assert.ok(Math.abs(column.reduce((sum, each) => sum + each, 0) - 20) < 1e-4)
})

test('the centre of mass comes to the middle, not the centre of the box', () => {
  // A heavy block with a thin arm to its right.
  const ink = rectangle({ top: 100, left: 100, height: 80, width: 40 })
  for (let x = 140; x < 165; x++) ink.data[140 * 280 + x] = 1
  const digit = toDigit(ink, SIZE)!
  let [mass, sum] = [0, 0]
  for (let index = 0; index < digit.length; index++) {
    mass += digit[index]!
    sum += digit[index]! * ((index % 28) + 0.5)
  }
  assert.ok(Math.abs(sum / mass - 14) < 1e-3, `${sum / mass}`)
})

test('scales to the size that the model takes', () => {
  const digit = toDigit(rectangle({ top: 10, left: 10, height: 90, width: 90 }), {
    height: 14,
    width: 42,
  })!
  assert.is(digit.length, 14 * 42)
  const sum = digit.reduce((all, each) => all + each, 0)
  assert.ok(Math.abs(sum - 10 ** 2) < 1e-3, `${sum}`)
})

interface Rectangle {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A drawing of 280 x 280 with one filled rectangle. */
function rectangle({ top, left, height, width }: Rectangle) {
  const data = new Float32Array(280 * 280)
  for (let y = top; y < top + height; y++) {
    data.fill(1, y * 280 + left, y * 280 + left + width)
  }
  return { height: 280, width: 280, data }
}

test.run()
