import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeResponse, encodeRequest } from '../../src/public/protocol.js'

const test = suite('binary tensors of the Open Inference Protocol')
const HEADER = 'Inference-Header-Content-Length'

test('a request is its JSON, then the bytes of the tensors', () => {
  // A view into a longer buffer: only its own bytes are sent.
  const data = new Float32Array([9, 1.5, -2, 9]).subarray(1, 3)
  const { headers, body } = encodeRequest([
    { name: 'x', shape: [1, 2], data },
    { name: 'kind', shape: [1], data: Int32Array.of(-3) },
    { name: 'bytes', shape: [3], data: Uint8Array.of(1, 2, 255) },
  ])
  const length = Number(headers[HEADER])
  const json = JSON.parse(new TextDecoder().decode(body.subarray(0, length)))
  assert.equal(json, {
    parameters: { binary_data_output: true },
    inputs: [
      { name: 'x', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
      { name: 'kind', shape: [1], datatype: 'INT32', parameters: { binary_data_size: 4 } },
      { name: 'bytes', shape: [3], datatype: 'UINT8', parameters: { binary_data_size: 3 } },
    ],
  })
  const view = new DataView(body.buffer, body.byteOffset + length)
  assert.equal([view.getFloat32(0, true), view.getFloat32(4, true)], [1.5, -2])
  assert.equal([view.getInt32(8, true), view.getUint8(14), view.byteLength], [-3, 255, 15])
})

test('reads the outputs, also where they do not begin at a multiple of four', () => {
  for (const padding of ['', ' ', '  ', '   ']) {
    const json = `${JSON.stringify({
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
        { name: 'z', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } },
      ],
    })}${padding}`
    const bytes = new Uint8Array(json.length + 12)
    bytes.set(new TextEncoder().encode(json))
    bytes.set(new Uint8Array(new Float32Array([0.25, 0.75, 3]).buffer), json.length)
    const found = decodeResponse(bytes.buffer, json.length)
    assert.equal(
      [...found].map(([name, data]) => [name, ...data]),
      [
        ['y', 0.25, 0.75],
        ['z', 3],
      ],
    )
  }
})

test('outputs of other sorts of numbers are passed over, wherever they are', () => {
  const json = JSON.stringify({
    outputs: [
      { name: 'kind', datatype: 'INT64', shape: [1], parameters: { binary_data_size: 8 } },
      { name: 'y', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      { name: 'text', datatype: 'BYTES', shape: [1], data: ['a'] },
      { name: 'sure', datatype: 'BOOL', shape: [1], parameters: { binary_data_size: 1 } },
      { name: 'z', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } },
    ],
  })
  const head = new TextEncoder().encode(json)
  const floats = (...values: number[]) => [...new Uint8Array(new Float32Array(values).buffer)]
  const bytes = new Uint8Array([
    ...head,
    ...new Array(8).fill(1),
    ...floats(0.25, 0.75),
    1,
    ...floats(3),
  ])
  assert.equal(
    [...decodeResponse(bytes.buffer, head.length)].map(([name, data]) => [name, ...data]),
    [
      ['y', 0.25, 0.75],
      ['z', 3],
    ],
  )
})

test('an answer without a binary float tensor is refused', () => {
  const floats = { name: 'y', datatype: 'FP32' }
  const kind = { name: 'kind', datatype: 'INT32', parameters: { binary_data_size: 0 } }
  for (const outputs of [
    [{ ...floats, data: [1] }],
    [
      { ...floats, parameters: { binary_data_size: 0 } },
      { ...floats, data: [1] },
    ],
    [kind],
  ]) {
    const json = JSON.stringify({ outputs })
    const bytes = new TextEncoder().encode(json)
    assert.throws(() => decodeResponse(bytes.buffer, json.length), /binary FP32 tensor/)
  }
})

test.run()
