import { refusal } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readMask } from '../../src/images/read-mask.ts'
import { type FewBits, interlacedPng } from '../support/palette-png.ts'

const test = suite('readMask')

const random = seedrandom.alea('masks')
const numbersOf = ({ width, height, depth }: FewBits) =>
  Array.from({ length: width * height }, () => Math.floor(random() * 2 ** depth))

test('interlaced masks of a few bits are the numbers that they store', async () => {
  for (const depth of [1, 2, 4] as const) {
    for (let round = 0; round < 12; round++) {
      const [width, height] = [1 + Math.floor(random() * 19), 1 + Math.floor(random() * 19)]
      const palette = Array.from({ length: 3 * 2 ** depth }, () => Math.floor(random() * 256))
      for (const own of [undefined, palette]) {
        const options = { width, height, depth, palette: own }
        const numbers = numbersOf(options)
        const mask = await readMask(sharp, interlacedPng(numbers, options), 'a.png')
        assert.equal([mask.width, mask.height], [width, height])
        assert.equal([...Array.from(mask.numbers!)], numbers, JSON.stringify(options))
        const [at] = [Math.floor(random() * numbers.length)]
        const place = 3 * numbers[at]!
        const value = Math.round((255 * numbers[at]!) / (2 ** depth - 1))
        const [red, green, blue] = own?.slice(place, place + 3) ?? [value, value, value]
        assert.is(mask.colour(at), (red! << 16) | (green! << 8) | blue!)
      }
    }
  }
})

test('an interlaced mask that is cut or changed is no whole PNG', async () => {
  const options = { width: 13, height: 9, depth: 2 } as const
  const whole = interlacedPng(numbersOf(options), options)
  for (let length = 40; length < whole.length; length += 3) {
    assert.match(
      await refusal(() => readMask(sharp, whole.subarray(0, length), 'a.png')),
      /^a\.png: must be a whole PNG/,
      `cut at ${length}`,
    )
  }
  const changed = Buffer.from(whole)
  changed[whole.indexOf('IDAT') + 12]! ^= 255
  assert.match(await refusal(() => readMask(sharp, changed, 'a.png')), /^a\.png: must be a whole/)
})

test.run()
