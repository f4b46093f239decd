import { connect } from 'node:net'
import { tieredSuite } from '@ashlar/test-support'
import { pino } from 'pino'
import * as assert from 'uvu/assert'
import { doubling, lookUp } from '../support/onnx-models.ts'
import { call, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('routes of the server')

const files = { 'm/1/model.onnx': doubling() }
const X = { name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }

test('metadata, configuration, readiness, index', () =>
  withServer(files, {}, async (server) => {
    for (const url of ['/v2', '/v2/']) {
      const { json } = await call(server, 'GET', url)
      assert.is(json.name, 'ashlar')
      assert.ok(json.extensions.includes('binary_tensor_data'))
    }
    assert.equal((await call(server, 'GET', '/v2/models')).json, { models: ['m'] })
    assert.equal((await call(server, 'GET', '/v2/models/m/versions/1')).json, {
      name: 'm',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
    })
    const { json: config } = await call(server, 'GET', '/v2/models/m/config')
    assert.is(config.max_batch_size, 64)
    assert.equal(config.input, [{ name: 'x', data_type: 'TYPE_FP32', dims: [3] }])
    assert.equal((await call(server, 'GET', '/v2/models/m/ready')).json, { name: 'm', ready: true })
    assert.is((await call(server, 'GET', '/v2/models/n/ready')).status, 404)
    const all = [{ name: 'm', version: '1', state: 'READY', reason: '' }]
    assert.equal((await call(server, 'POST', '/v2/repository/index')).json, all)
    const ready = await call(server, 'POST', '/v2/repository/index', { body: { ready: true } })
    assert.equal(ready.json, all)
    assert.is((await call(server, 'HEAD', '/v2/health/ready')).status, 200)
  }))

test('statistics, and the same figures for Prometheus', () =>
  withServer(files, { control: 'explicit', adminPort: 0, adminToken: 't' }, async (server) => {
    const url = '/v2/models/m/infer'
    await call(server, 'POST', url, { body: { inputs: [X] } })
    await call(server, 'POST', url, {
      body: { inputs: [{ ...X, shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }] },
    })
    for (const place of [
      '/v2/models/stats',
      '/v2/models/m/stats',
      '/v2/models/m/versions/1/stats',
    ]) {
      const { json } = await call(server, 'GET', place)
      const [stats] = json.model_stats
      assert.is(stats.inference_count, 3)
      assert.is(stats.execution_count, 2)
      assert.is(stats.inference_stats.success.count, 2)
      assert.ok(stats.inference_stats.compute_infer.ns > 0)
      assert.equal(
        stats.batch_stats.map((batch: { batch_size: number }) => batch.batch_size),
        [1, 2],
      )
    }
    const headers = { authorization: 'Bearer t' }
    const response = await server.admin!.inject({ url: '/metrics', headers })
    assert.is(response.statusCode, 200)
    for (const line of [
      'nv_inference_count{model="m",version="1"} 3',
      'nv_inference_exec_count{model="m",version="1"} 2',
      'nv_inference_request_success{model="m",version="1"} 2',
      'nv_inference_request_failure{model="m",version="1",reason="BACKEND"} 0',
      'nv_inference_pending_request_count{model="m",version="1"} 0',
      '# TYPE nv_inference_count counter',
    ]) {
      assert.ok(response.body.includes(`\n${line}\n`), line)
    }
    assert.is((await server.http.inject({ url: '/metrics' })).statusCode, 404)
  }))

test('with a token, only health is open', () =>
  withServer(files, { token: 'secret' }, async (server) => {
    assert.is((await call(server, 'GET', '/v2/health/live')).status, 200)
    assert.is((await call(server, 'GET', '/v2/health/ready')).status, 200)
    assert.is((await call(server, 'GET', '/v2')).status, 401)
    assert.is((await call(server, 'GET', '/v2/health/live/../../models')).status, 401)
    const headers = { authorization: 'Bearer secret' }
    assert.is((await call(server, 'GET', '/v2', { headers })).status, 200)
  }))

slow('pages of others may call only if their origin is named', async () => {
  const headers = { origin: 'https://a.example' }
  await withServer(files, {}, async (server) => {
    const { headers: got } = await call(server, 'GET', '/v2', { headers })
    assert.not.ok('access-control-allow-origin' in got)
  })
  await withServer(files, { cors: ['https://a.example'] }, async (server) => {
    const { headers: got } = await call(server, 'GET', '/v2', { headers })
    assert.is(got['access-control-allow-origin'], 'https://a.example')
    const other = await call(server, 'GET', '/v2', { headers: { origin: 'https://b.example' } })
    assert.not.ok(other.headers['access-control-allow-origin'] === 'https://b.example')
  })
})

test('a request keeps its id; one that could spoil the log gets another', () =>
  withServer(files, {}, async (server) => {
    const given = await call(server, 'GET', '/v2', { headers: { 'x-request-id': 'abc-1' } })
    assert.is(given.headers['x-request-id'], 'abc-1')
    const odd = await call(server, 'GET', '/v2', { headers: { 'x-request-id': 'a b' } })
    assert.match(String(odd.headers['x-request-id']), /^[\w-]+$/)
  }))

slow('what goes wrong is in the log under the id of the request', async () => {
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
  await withServer({ 'm/1/model.onnx': lookUp() }, { log }, async (server) => {
    const inputs = [{ name: 'index', datatype: 'INT64', shape: [1, 1], data: [99] }]
    const { status } = await call(server, 'POST', '/v2/models/m/infer', {
      headers: { 'x-request-id': 'abc-2' },
      body: { inputs },
    })
    assert.is(status, 500)
  })
  const { reqId, url, err } = JSON.parse(lines[0]!)
  assert.is(reqId, 'abc-2')
  assert.is(url, '/v2/models/m/infer')
  assert.match(err.message, 'onnxruntime')
})

const POST = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'

/** What a server answers to text on a socket, until it closes that. */
function send(http: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(http).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

slow('a body that does not come is not waited for', () =>
  withServer(
    files,
    { limits: { headersTimeoutMs: 300, requestTimeoutMs: 400 } },
    async (server) => {
      const { http } = await server.listen()
      const answer = await send(http, `${POST}Content-Length: 10\r\n\r\n{`)
      assert.match(answer, /^HTTP\/1.1 408 /)
      assert.match(answer, 'Request Timeout')
    },
  ),
)

slow('what comes over a socket and is no request is told in JSON as well', () =>
  withServer(files, { limits: { bodyChunks: 100, headerBytes: 2048 } }, async (server) => {
    const { http } = await server.listen()
    const chunks = (count: number) =>
      `${POST}Transfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(count)}0\r\n\r\n`
    for (const [text, status, error] of [
      ['HELLO\r\n\r\n', 400, 'Bad Request'],
      [
        `GET /v2 HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(4000)}\r\n\r\n`,
        431,
        'Request Header Fields Too Large',
      ],
      [chunks(100), 400, 'must be JSON'],
      [chunks(101), 400, 'the body must come in at most 100 chunks'],
      [`${POST}Content-Length: 99999999999\r\n\r\n`, 413, 'the body must have at most'],
    ] as const) {
      const answer = await send(http, text)
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), answer)
      const { error: told } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
      assert.ok(told.includes(error), told)
      assert.is((await fetch(`${http}/v2/health/live`)).status, 200)
    }
  }),
)

test.run()
