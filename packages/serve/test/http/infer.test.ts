import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { decodeBytes, encodeBytes } from '../../src/protocol/tensor.ts'
import { doubling, identity, sumAndDifference } from '../support/onnx-models.ts'
import {
  type Answer,
  binaryBody,
  call,
  floats,
  type Started,
  startServer,
  withServer,
} from '../support/server.ts'

const test = suite('inference over HTTP')

const files = {
  'double/1/model.onnx': doubling(),
  'simple/1/model.onnx': sumAndDifference(),
  'text/1/model.onnx': identity('STRING', ['batch', 2]),
  'long/1/model.onnx': identity('INT64', ['batch', 2]),
  'ulong/1/model.onnx': identity('UINT64', ['batch', 1]),
  'half/1/model.onnx': identity('FLOAT16', ['batch', 2]),
  'wide/1/model.onnx': identity('DOUBLE', ['batch', 2]),
  'bool/1/model.onnx': identity('BOOL', ['batch', 2]),
  'open/1/model.onnx': identity('FLOAT', ['length']),
  'open/config.pbtxt': 'max_batch_size: 0',
}

let started: Started

test.before(async () => {
  started = await startServer(files)
})

test.after(() => started.stop())

const on = (body: (server: Server) => Promise<void>) => () => body(started.server)

const X = { name: 'x', datatype: 'FP32', shape: [1, 3] }

const infer = (
  server: Server,
  model: string,
  request: Parameters<typeof call>[3],
): Promise<Answer> => call(server, 'POST', `/v2/models/${model}/infer`, request)

test(
  'JSON in, JSON out; data flat or nested',
  on(async (server) => {
    for (const data of [[1, 2, 3], [[1, 2, 3]], [[[1], [2], [3]]]]) {
      const { status, json, headers } = await infer(server, 'double', {
        body: { inputs: [{ ...X, data }] },
      })
      assert.is(status, 200)
      assert.equal(json.outputs, [{ name: 'y', shape: [1, 3], datatype: 'FP32', data: [2, 4, 6] }])
      assert.not.ok('inference-header-content-length' in headers)
      assert.match(String(headers['content-type']), 'application/json')
    }
  }),
)

test(
  'a version in the address; an unknown one is 404',
  on(async (server) => {
    const body = { inputs: [{ ...X, data: [1, 2, 3] }] }
    assert.is((await infer(server, 'double/versions/1', { body })).json.model_version, '1')
    const { status, json } = await infer(server, 'double/versions/2', { body })
    assert.is(status, 404)
    assert.match(json.error, 'model "double" version 2: Request for unknown model')
  }),
)

test(
  'binary in, binary out',
  on(async (server) => {
    const request = binaryBody(
      {
        parameters: { binary_data_output: true },
        inputs: [{ ...X, shape: [2, 3], parameters: { binary_data_size: 24 } }],
      },
      Float32Array.of(1, 2, 3, 4, 5, Number.NaN),
    )
    const { status, headers, bytes } = await infer(server, 'double', request)
    assert.is(status, 200)
    assert.is(headers['content-type'], 'application/octet-stream')
    const length = Number(headers['inference-header-content-length'])
    const json = JSON.parse(bytes.subarray(0, length).toString())
    assert.equal(json.outputs, [
      { name: 'y', shape: [2, 3], datatype: 'FP32', parameters: { binary_data_size: 24 } },
    ])
    assert.equal(floats(bytes.subarray(length)), [2, 4, 6, 8, 10, Number.NaN])
  }),
)

test(
  'the form of one output wins over that of all, and outputs come in the order asked for',
  on(async (server) => {
    const values = Int32Array.of(5, 6, 7, 8)
    const input = (name: string) => ({ name, datatype: 'INT32', shape: [1, 4] })
    const { headers, bytes } = await infer(
      server,
      'simple',
      binaryBody(
        {
          parameters: { binary_data_output: true },
          inputs: [
            { ...input('b'), data: [1, 2, 3, 4] },
            { ...input('a'), parameters: { binary_data_size: 16 } },
          ],
          outputs: [{ name: 'difference', parameters: { binary_data: false } }, { name: 'sum' }],
        },
        new Uint8Array(values.buffer),
      ),
    )
    const length = Number(headers['inference-header-content-length'])
    const { outputs } = JSON.parse(bytes.subarray(0, length).toString())
    assert.equal(outputs[0], {
      name: 'difference',
      shape: [1, 4],
      datatype: 'INT32',
      data: [4, 4, 4, 4],
    })
    assert.equal(outputs[1].parameters, { binary_data_size: 16 })
    const sum = new Int32Array(new Uint8Array(bytes.subarray(length)).buffer)
    assert.equal([...sum], [6, 8, 10, 12])
  }),
)

test(
  'a body without JSON is the one input',
  on(async (server) => {
    const headers = { 'inference-header-content-length': '0' }
    const raw = (values: number[]) => Buffer.from(Float32Array.from(values).buffer)
    const double = await infer(server, 'double', { body: raw([1, 2, 3]), headers })
    assert.is(double.status, 200)
    const length = Number(double.headers['inference-header-content-length'])
    assert.equal(floats(double.bytes.subarray(length)), [2, 4, 6])
    for (const count of [8, 32]) {
      const values = Array.from({ length: count }, (_, index) => index)
      const { bytes, headers: got } = await infer(server, 'open', { body: raw(values), headers })
      const start = Number(got['inference-header-content-length'])
      assert.equal(floats(bytes.subarray(start)), values)
    }
    const simple = await infer(server, 'simple', { body: raw([1]), headers })
    assert.is(simple.status, 400)
    assert.match(simple.json.error, 'a body without JSON is only for models with one input')
    const text = await infer(server, 'text', { body: Buffer.from('one'), headers })
    assert.is(text.status, 400)
    assert.match(text.json.error, 'input "x": BYTES [1, 2] must have 2 elements, got 1')
    const odd = await infer(server, 'double', { body: raw([1, 2]), headers })
    assert.is(odd.status, 400)
    assert.match(odd.json.error, 'the body must have a multiple of 12 bytes, got 8')
  }),
)

test(
  'text travels as JSON and as lengths and bytes',
  on(async (server) => {
    const data = ['grüß', '']
    const input = { name: 'x', datatype: 'BYTES', shape: [1, 2] }
    const plain = await infer(server, 'text', { body: { inputs: [{ ...input, data }] } })
    assert.equal(plain.json.outputs[0].data, data)
    const bytes = encodeBytes(data)
    const request = binaryBody(
      {
        parameters: { binary_data_output: true },
        inputs: [{ ...input, parameters: { binary_data_size: bytes.length } }],
      },
      bytes,
    )
    const answer = await infer(server, 'text', request)
    const length = Number(answer.headers['inference-header-content-length'])
    const elements = decodeBytes('y', answer.bytes.subarray(length))
    assert.equal(
      elements.map((element) => Buffer.from(element).toString()),
      data,
    )
  }),
)

test(
  'whole numbers beyond 2^53 stay exact, and those beyond 64 bits are refused',
  on(async (server) => {
    const long = (text: string, model = 'long', type = 'INT64', shape = '[1,2]') =>
      server.http.inject({
        method: 'POST',
        url: `/v2/models/${model}/infer`,
        payload: `{"inputs":[{"name":"x","datatype":"${type}","shape":${shape},"data":${text}}]}`,
      })
    const { body } = await long('[9007199254740993, -9223372036854775808]')
    assert.match(body, '"data":[9007199254740993,-9223372036854775808]')
    assert.match(
      (await long('[18446744073709551615]', 'ulong', 'UINT64', '[1,1]')).body,
      '18446744073709551615',
    )
    const { statusCode, body: refused } = await long('[9223372036854775808, 0]')
    assert.is(statusCode, 400)
    assert.match(refused, 'must be whole numbers from -9223372036854775808')
  }),
)

test(
  'what JSON does not have is refused, never told as null',
  on(async (server) => {
    const nan = binaryBody(
      { inputs: [{ ...X, parameters: { binary_data_size: 12 } }] },
      Float32Array.of(1, Number.NaN, 3),
    )
    const { status, json } = await infer(server, 'double', nan)
    assert.is(status, 422)
    assert.match(json.error, 'output "y": element 1: JSON has no such number, got "NaN"')
    assert.match(json.error, 'Ask for the output as binary data')
    const token = await infer(server, 'double', {
      body: '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,NaN,3]}]}',
    })
    assert.is(token.status, 400)
    assert.match(token.json.error, 'JSON has no NaN or Infinity: send the tensor as binary data.')
    const half = await infer(server, 'half', {
      body: { inputs: [{ name: 'x', datatype: 'FP16', shape: [1, 2], data: [1, 2] }] },
    })
    assert.is(half.status, 400)
    assert.match(half.json.error, 'FP16 via JSON is not supported')
    assert.match(half.json.error, 'Please use the binary data format.')
  }),
)

test(
  '16-bit floats, doubles and booleans',
  on(async (server) => {
    const half = await infer(
      server,
      'half',
      binaryBody(
        {
          parameters: { binary_data_output: true },
          inputs: [
            { name: 'x', datatype: 'FP16', shape: [1, 2], parameters: { binary_data_size: 4 } },
          ],
        },
        Uint8Array.of(0, 60, 0, 192),
      ),
    )
    const length = Number(half.headers['inference-header-content-length'])
    assert.equal([...half.bytes.subarray(length)], [0, 60, 0, 192])
    const wide = await infer(server, 'wide', {
      body: { inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 2], data: [0.1, -1e300] }] },
    })
    assert.equal(wide.json.outputs[0].data, [0.1, -1e300])
    const bool = await infer(server, 'bool', {
      body: { inputs: [{ name: 'x', datatype: 'BOOL', shape: [1, 2], data: [true, 0] }] },
    })
    assert.equal(bool.json.outputs[0].data, [true, false])
  }),
)

test(
  'bodies may be compressed either way; lengths are those before compression',
  on(async (server) => {
    const { body, headers } = binaryBody(
      {
        parameters: { binary_data_output: true },
        inputs: [{ ...X, parameters: { binary_data_size: 12 } }],
      },
      Float32Array.of(1, 2, 3),
    )
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      const answer = await infer(server, 'double', {
        body: compress(body),
        headers: { ...headers, 'content-encoding': encoding },
      })
      const length = Number(answer.headers['inference-header-content-length'])
      assert.equal(floats(answer.bytes.subarray(length)), [2, 4, 6])
    }
    const big = { inputs: [{ ...X, shape: [64, 3], data: Array(192).fill(0.1) }] }
    for (const [encoding, expand] of [
      ['gzip', gunzipSync],
      ['deflate', inflateSync],
    ] as const) {
      const response = await server.http.inject({
        method: 'POST',
        url: '/v2/models/double/infer',
        headers: { 'accept-encoding': `br;q=1, ${encoding}` },
        payload: JSON.stringify(big),
      })
      assert.is(response.headers['content-encoding'], encoding)
      assert.is(JSON.parse(expand(response.rawPayload).toString()).outputs[0].data.length, 192)
    }
    const odd = await infer(server, 'double', { body, headers: { 'content-encoding': 'br' } })
    assert.is(odd.status, 415)
    assert.match(odd.json.error, 'Content-Encoding: must be identity, gzip or deflate, got "br"')
    const lie = await infer(server, 'double', { body, headers: { 'content-encoding': 'gzip' } })
    assert.is(lie.status, 400)
    assert.match(lie.json.error, 'the body must be gzip, as Content-Encoding says')
  }),
)

test('the largest values with their labels', () =>
  withServer(
    {
      'double/1/model.onnx': doubling(),
      'double/labels.txt': 'zero\none\ntwo\n',
      'double/config.pbtxt': `output [ { name: "y" data_type: TYPE_FP32 dims: [ 3 ] label_filename: "labels.txt" } ]`,
    },
    {},
    async (server) => {
      const { json } = await infer(server, 'double', {
        body: {
          inputs: [{ ...X, shape: [2, 3], data: [1, 3, 2, 9, 7, 8] }],
          outputs: [{ name: 'y', parameters: { classification: 2 } }],
        },
      })
      assert.equal(json.outputs[0], {
        name: 'y',
        shape: [2, 2],
        datatype: 'BYTES',
        data: ['6.000000:1:one', '4.000000:2:two', '18.000000:0:zero', '16.000000:2:two'],
      })
    },
  ))

test.run()
