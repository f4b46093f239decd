import type { InputEncoding } from '@ashlar/core/encoding'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { takesPictures } from '../../src/work/takes-pictures.ts'

const test = suite('takesPictures')

const image: InputEncoding = { kind: 'image', height: 8, width: 8, channels: 3, fit: 'cover' }
const table: InputEncoding = { kind: 'table', columns: [], delimiter: ',' }
const known = (shapes: Readonly<Record<string, readonly number[]>>) => ({
  inputs: Object.keys(shapes),
  shapes: new Map(Object.entries(shapes)),
})

test('as the file says, whatever the shape', () => {
  assert.ok(takesPictures(known({ x: [0, 10] }), { input: image }))
  assert.not.ok(takesPictures(known({ x: [0, 8, 8, 3] }), { input: table }))
  const two = known({ photo: [0, 8, 8, 3], cells: [0, 4] })
  assert.ok(takesPictures(two, { inputs: { photo: image, cells: table } }))
  assert.not.ok(takesPictures(two, { inputs: { photo: table, cells: table } }))
})

test('of what nothing is said, by the shape: channels last or first', () => {
  for (const shape of [
    [0, 8, 8, 3],
    [1, 1, 28, 28],
  ]) {
    assert.ok(takesPictures(known({ x: shape }), {}), String(shape))
  }
  for (const shape of [
    [0, 128],
    [0, 8, 8, 16],
    [0, 3],
    [0, 8, 3],
  ]) {
    assert.not.ok(takesPictures(known({ x: shape }), {}), String(shape))
  }
  assert.not.ok(takesPictures({ inputs: ['x'], shapes: new Map() }, {}))
  assert.ok(takesPictures(known({ photo: [0, 3, 8, 8], cells: [0, 4] }), {}))
})

test.run()
