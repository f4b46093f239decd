import { encodingMetadata, type ImageEncoding } from '@ashlar/core/encoding'
import { LAYOUT_KEY } from '@ashlar/export/inspect'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { servedMetadata } from '../../src/work/client-fields.ts'

const test = suite('what a server tells of named inputs')

test('channels come first where the shape has them there, grey or mixed of colours', () => {
  const grey: ImageEncoding = { kind: 'image', height: 8, width: 6, channels: 1, fit: 'fill' }
  const layoutOf = (photo: ImageEncoding, ...sizes: readonly number[]) =>
    servedMetadata('both', {
      ...{ name: 'both', versions: [], platform: 'onnx', outputs: [] },
      inputs: [{ name: 'photo', datatype: 'UINT8', shape: [-1, ...sizes] }],
      properties: encodingMetadata({ inputs: { photo } }),
    }).get(LAYOUT_KEY)
  const mixed = { ...grey, inGraph: true, colors: true } as const
  assert.is(layoutOf(grey, 1, 8, 6), 'nchw')
  assert.is(layoutOf(mixed, 3, 8, 6), 'nchw')
  assert.is(layoutOf(grey, 8, 6, 1), undefined)
  assert.is(layoutOf(mixed, 8, 6, 3), undefined)
})

test.run()
