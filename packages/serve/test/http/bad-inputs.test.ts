import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { doubling, sumAndDifference } from '../support/onnx-models.ts'
import { binaryBody, call, type Started, startServer, withServer } from '../support/server.ts'

const test = suite('bad inputs')

const files = {
  'double/1/model.onnx': doubling(),
  'simple/1/model.onnx': sumAndDifference(),
}

let started: Started

test.before(async () => {
  started = await startServer(files)
})

test.after(() => started.stop())

const X = { name: 'x', datatype: 'FP32', shape: [1, 3] }
const GOOD = { ...X, data: [1, 2, 3] }
const nested = (depth: number) => `${'['.repeat(depth)}1,2,3${']'.repeat(depth)}`
const header = (length: string) => ({ 'inference-header-content-length': length })

const on = (body: (server: Server) => Promise<void>) => body(started.server)

type Case = readonly [
  name: string,
  request: { body?: unknown; headers?: Record<string, string> },
  error: string,
  status?: number,
]

const cases: readonly Case[] = [
  ['no body', {}, 'request: must be JSON'],
  ['no JSON', { body: 'x=1' }, 'request: must be JSON'],
  ['a list', { body: [] }, 'request: must be an object, got []'],
  ['no inputs', { body: {} }, 'inputs must be a list'],
  ['inputs of another kind', { body: { inputs: 7 } }, 'inputs must be a list, got 7'],
  ['an input that is null', { body: { inputs: [null] } }, 'inputs[0]: must be an object, got null'],
  ['no name', { body: { inputs: [{ ...GOOD, name: '' }] } }, 'inputs[0]: name must be a string'],
  ['an id that is no text', { body: { id: 7, inputs: [GOOD] } }, 'id must be a string, got 7'],
  [
    'an unknown datatype',
    { body: { inputs: [{ ...GOOD, datatype: 'FLOAT' }] } },
    'input "x": datatype must be one of BOOL, UINT8',
  ],
  [
    'another datatype',
    { body: { inputs: [{ ...GOOD, datatype: 'INT32' }] } },
    'model "double": input "x": datatype must be FP32, got "INT32"',
  ],
  [
    'a negative size',
    { body: { inputs: [{ ...GOOD, shape: [2, -5] }] } },
    'shape must be a list of whole numbers from 0 to 2^53 - 1, got [2, -5]',
  ],
  [
    'a size with a fraction',
    { body: { inputs: [{ ...GOOD, shape: [1.5, 3] }] } },
    'shape must be a list of whole numbers',
  ],
  [
    'a size beyond 2^53',
    {
      body: '{"inputs":[{"name":"x","datatype":"FP32","shape":[4,1152921504606846978],"data":[]}]}',
    },
    'shape must be a list of whole numbers from 0 to 2^53 - 1',
  ],
  [
    'sizes whose product overflows',
    { body: { inputs: [{ ...GOOD, shape: [2 ** 40, 2 ** 40] }] } },
    'shape must not have more than 2^53 - 1 elements',
  ],
  [
    'sizes that overflow behind a zero',
    { body: { inputs: [{ ...GOOD, shape: [0, 2 ** 40, 2 ** 40] }] } },
    'shape must not have more than 2^53 - 1 elements',
  ],
  [
    'a small text that promises a large tensor',
    { body: { inputs: [{ ...GOOD, shape: [2 ** 30, 3] }] } },
    'data of shape [1073741824, 3] must have 3221225472 elements, got 3',
  ],
  [
    'another shape',
    { body: { inputs: [{ ...GOOD, shape: [3, 1] }] } },
    'model "double": input "x": shape must be [-1, 3], got [3, 1]',
  ],
  [
    'a batch of none',
    { body: { inputs: [{ ...GOOD, shape: [0, 3], data: [] }] } },
    'a request must have at least one sample, got 0',
  ],
  [
    'elements of another kind',
    { body: { inputs: [{ ...GOOD, data: [1, '2', 3] }] } },
    'input "x": data[1]: elements of FP32 must be numbers of at most',
  ],
  [
    'a number too large for its type',
    { body: { inputs: [{ ...GOOD, data: [1, 1e39, 3] }] } },
    'elements of FP32 must be numbers of at most',
  ],
  ['data that is no list', { body: { inputs: [{ ...GOOD, data: 1 }] } }, 'data must be a list'],
  ['no data', { body: { inputs: [X] } }, 'data must be a list of elements'],
  [
    'a missing input',
    { body: { inputs: [] } },
    'model "double": the request must have the input "x"',
  ],
  [
    'an unknown input',
    { body: { inputs: [GOOD, { ...GOOD, name: 'xx' }] } },
    'model "double": input must be one of x, got "xx"',
  ],
  [
    'an input twice',
    { body: { inputs: [GOOD, GOOD] } },
    'model "double": input "x": must be given once',
  ],
  [
    'an unknown output',
    { body: { inputs: [GOOD], outputs: [{ name: 'z' }] } },
    'model "double": output must be one of y, got "z"',
  ],
  [
    'an output twice',
    { body: { inputs: [GOOD], outputs: [{ name: 'y' }, { name: 'y' }] } },
    'model "double": output "y": must be asked for once',
  ],
  ['outputs that are no list', { body: { inputs: [GOOD], outputs: {} } }, 'outputs must be a list'],
  [
    'parameters that are no object',
    { body: { inputs: [GOOD], parameters: [] } },
    'request: parameters: must be an object',
  ],
  [
    'a parameter of another kind',
    { body: { inputs: [GOOD], parameters: { a: {} } } },
    'request: parameter "a": must be a string, number or boolean',
  ],
  [
    'a reserved parameter',
    { body: { inputs: [GOOD], parameters: { triton_x: 1 } } },
    'names that start with triton_ are reserved',
  ],
  [
    'a timeout that is none',
    { body: { inputs: [GOOD], parameters: { timeout: -1 } } },
    'request: parameter timeout: must be a whole number from 0, got -1',
  ],
  [
    'a form of outputs that is none',
    { body: { inputs: [GOOD], parameters: { binary_data_output: 'yes' } } },
    'request: parameter binary_data_output: must be true or false, got "yes"',
  ],
  [
    'a header length beyond int32',
    { body: '{}', headers: header('99999999999') },
    'must be the bytes of JSON',
  ],
  [
    'a header length that is negative',
    { body: '{}', headers: header('-1') },
    'must be the bytes of JSON',
  ],
  [
    'a header length that is no number',
    { body: '{}', headers: header('abc') },
    'must be the bytes of JSON',
  ],
  [
    'a header longer than the body',
    { body: '{}', headers: header('3') },
    'the body, which has 2 bytes, got "3"',
  ],
  [
    'binary data that is cut short',
    binaryBody({ inputs: [{ ...X, parameters: { binary_data_size: 12 } }] }, Float32Array.of(1, 2)),
    'expecting 4 additional bytes, got 8',
  ],
  [
    'more binary data than inputs',
    binaryBody({ inputs: [{ ...X, parameters: { binary_data_size: 12 } }] }, new Float32Array(4)),
    'unexpected additional input data, got "4 bytes more"',
  ],
  [
    'binary data of another size than the shape says',
    binaryBody({ inputs: [{ ...X, parameters: { binary_data_size: 16 } }] }, new Float32Array(4)),
    'input "x": FP32 [1, 3] must have 12 bytes, got 16',
  ],
  [
    'binary data without its header',
    { body: { inputs: [{ ...X, parameters: { binary_data_size: 12 } }] } },
    'a request with binary data must have the header Inference-Header-Content-Length',
  ],
  [
    'data in both forms',
    binaryBody(
      { inputs: [{ ...GOOD, parameters: { binary_data_size: 12 } }] },
      new Float32Array(3),
    ),
    'must have either data or the parameter binary_data_size, not both',
  ],
  [
    'nesting beyond the limit',
    { body: `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":${nested(120)}}]}` },
    'JSON must be nested at most 100 deep, got 123',
  ],
]

for (const [name, request, error, status = 400] of cases) {
  test(name, () =>
    on(async (server) => {
      await refused(server, '/v2/models/double/infer', request, error, status)
    }),
  )
}

async function refused(
  server: Server,
  url: string,
  request: Parameters<typeof call>[3],
  error: string,
  status: number,
): Promise<void> {
  const answer = await call(server, 'POST', url, request)
  assert.is(answer.status, status, JSON.stringify(answer.json))
  assert.equal(Object.keys(answer.json), ['error'])
  assert.ok(answer.json.error.includes(error), answer.json.error)
  assert.is((await call(server, 'GET', '/v2/health/live')).status, 200)
}

test('nesting within the limit is fine', () =>
  on(async (server) => {
    const body = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":${nested(50)}}]}`
    assert.is((await call(server, 'POST', '/v2/models/double/infer', { body })).status, 200)
  }))

test('an index whose body is 250,000 lists deep', () =>
  on((server) =>
    refused(
      server,
      '/v2/repository/index',
      { body: nested(250_000) },
      'JSON must be nested at most 100 deep',
      400,
    ),
  ))

test('an index that asks for something else', () =>
  on(async (server) => {
    await refused(
      server,
      '/v2/repository/index',
      { body: { ready: 1 } },
      'ready must be true or false, got 1',
      400,
    )
    await refused(server, '/v2/repository/index', { body: '[' }, 'request: must be JSON', 400)
  }))

test('bodies over the limit, also when that shows only decompressed', () =>
  withServer(files, { limits: { bodyBytes: 10_000 } }, async (server) => {
    const url = '/v2/models/double/infer'
    const over = 'the body must have at most 10000 bytes'
    await refused(server, url, { body: ' '.repeat(10_001) }, over, 413)
    await refused(server, url, { body: ' '.repeat(10_000) }, 'must be JSON', 400)
    const bomb = gzipSync(Buffer.alloc(1_000_000, ' '))
    await refused(server, url, { body: bomb, headers: { 'content-encoding': 'gzip' } }, over, 413)
  }))

test('more bytes under way than the server holds', () =>
  withServer(files, { limits: { pendingBytes: 1000 } }, async (server) => {
    const answer = await call(server, 'POST', '/v2/models/double/infer', { body: ' '.repeat(2000) })
    assert.is(answer.status, 503)
    assert.is(answer.headers['retry-after'], '1')
    assert.match(answer.json.error, 'bodies of 1000 bytes are under way already')
    const body = { inputs: [GOOD] }
    assert.is((await call(server, 'POST', '/v2/models/double/infer', { body })).status, 200)
  }))

test('unknown models, addresses and methods are told in JSON', () =>
  on(async (server) => {
    for (const name of ['none', '..%2fetc', 'a%00b', '%F0%9F%92%A9', 'x'.repeat(200)]) {
      await refused(
        server,
        `/v2/models/${name}/infer`,
        { body: { inputs: [] } },
        'unknown model',
        404,
      )
    }
    await refused(server, '/v2/models/double/nothing', {}, 'Not Found', 404)
    await refused(server, '/', {}, 'Not Found', 404)
    await refused(server, '/v2/models/%/infer', {}, "'/v2/models/%/infer' is not a valid url", 400)
    const wrong = await call(server, 'GET', '/v2/models/double/infer')
    assert.is(wrong.status, 405)
    assert.is(wrong.headers.allow, 'POST')
    assert.equal(wrong.json, { error: 'Method Not Allowed: GET' })
    assert.is((await call(server, 'DELETE', '/v2')).headers.allow, 'GET, HEAD')
  }))

test.run()
