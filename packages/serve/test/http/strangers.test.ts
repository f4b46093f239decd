import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { counting, doubling, identity } from '../support/onnx-models.ts'
import { call, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('clients that mean no good, or know no better')

const files = { 'm/1/model.onnx': doubling() }
const GOOD = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }
const URL_ = '/v2/models/m/infer'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Connection {
  readonly socket: Socket
  /** All that came. */
  readonly seen: () => string
  /** How it ended: `end`, or the code of an error. */
  readonly ended: Promise<string>
}

async function portOf(server: Server): Promise<number> {
  return Number(new URL((await server.listen()).http).port)
}

async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (piece) => {
    text += piece
  })
  const ended = new Promise<string>((resolve) => {
    let how = 'end'
    socket.on('error', (error: NodeJS.ErrnoException) => {
      how = error.code ?? 'error'
    })
    socket.on('close', () => resolve(how))
  })
  await once(socket, 'connect')
  return { socket, seen: () => text, ended }
}

const post = (body: string, more = '') =>
  `POST ${URL_} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`

test('shared memory is refused, for inputs and for outputs', () =>
  withServer(files, {}, async (server) => {
    const shared = { shared_memory_region: 'r', shared_memory_byte_size: 12 }
    const [input] = GOOD.inputs
    for (const body of [
      { ...GOOD, outputs: [{ name: 'y', parameters: shared }] },
      { ...GOOD, outputs: [{ name: 'y', parameters: { shared_memory_offset: 0 } }] },
      { inputs: [{ ...input, data: undefined, parameters: shared }] },
    ]) {
      const { status, json } = await call(server, 'POST', URL_, { body })
      assert.is(status, 400)
      assert.match(json.error, /parameter shared_memory_\w+: must be left out: there is no shared/)
    }
  }))

test('names of schemes and encodings may be written in any case', () =>
  withServer(files, { token: 'secret' }, async (server) => {
    const body = gzipSync(JSON.stringify(GOOD))
    for (const [scheme, encoding] of [
      ['bearer', 'GZIP'],
      ['BEARER ', 'Gzip'],
      ['Bearer', 'gzip'],
    ]) {
      const headers = { authorization: `${scheme} secret`, 'content-encoding': encoding! }
      assert.is((await call(server, 'POST', URL_, { body, headers })).status, 200)
    }
    for (const authorization of [
      'secret',
      'Basic secret',
      'Bearer',
      'Bearer Secret',
      'Bearersecret',
    ]) {
      const answer = await call(server, 'POST', URL_, { body: GOOD, headers: { authorization } })
      assert.is(answer.status, 401, authorization)
    }
  }))

slow('a large answer is compressed for who asks in capitals', () =>
  withServer({ 'm/1/model.onnx': identity('FLOAT', ['batch', 4000]) }, {}, async (server) => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4000], data: Array(4000).fill(0.5) }]
    const headers = { 'accept-encoding': 'GZIP;Q=1' }
    const answer = await call(server, 'POST', URL_, { body: { inputs }, headers })
    assert.is(answer.headers['content-encoding'], 'gzip')
  }),
)

test('a name that is not ours is refused where only this machine listens', () =>
  withServer(files, { allowedHosts: ['models.example'] }, async (server) => {
    const status = async (host: string) =>
      (await call(server, 'GET', '/v2/health/live', { headers: { host } })).status
    for (const host of [
      'localhost',
      'LOCALHOST:8000',
      'localhost.:1',
      'app.localhost:8000',
      '127.0.0.1',
      '127.0.0.1:65535',
      '127.8.9.1:80',
      '[::1]',
      '[::1]:8000',
      'models.example',
      'Models.Example:443',
    ]) {
      assert.is(await status(host), 200, host)
    }
    for (const host of [
      'evil.example',
      'evil.example:8000',
      'localhost.evil.example',
      '127.0.0.1.evil.example:8000',
      'evil.example#localhost',
      'localhost@evil.example',
      'localhost:8000:9',
      'localhost evil',
      '[::2]',
      '0.0.0.0:8000',
      '192.168.0.1:8000',
      'notlocalhost',
      '128.0.0.1',
      '[::1',
    ]) {
      assert.is(await status(host), 403, host)
    }
    const { json } = await call(server, 'POST', URL_, { body: GOOD, headers: { host: 'a.b' } })
    assert.match(json.error, 'Host: must be a name of this server, got "a.b"')
  }))

slow(
  'other hosts are looked at where that is asked for, and nobody is where anybody may',
  async () => {
    const status = (options: object) => {
      let found = 0
      return withServer(files, options, async (server) => {
        found = (await call(server, 'GET', '/v2', { headers: { host: 'a.example' } })).status
      }).then(() => found)
    }
    assert.is(await status({ host: '0.0.0.0' }), 200)
    assert.is(await status({ host: '0.0.0.0', allowedHosts: ['b.example'] }), 403)
    assert.is(await status({ host: '::1' }), 403)
    assert.is(await status({ host: 'localhost' }), 403)
    assert.is(await status({ allowedHosts: ['*'] }), 200)
  },
)

slow('bodies that are given up half-way give their bytes back', () =>
  withServer(files, { limits: { pendingBytes: 200_000 } }, async (server) => {
    const port = await portOf(server)
    const big = { ...GOOD, id: 'x'.repeat(100_000) }
    const isRefused = async () => (await call(server, 'POST', URL_, { body: big })).status === 503
    const hold = async () => {
      const connection = await open(port)
      const head = `POST ${URL_} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 190000\r\n\r\n`
      connection.socket.write(head + 'x'.repeat(150_000))
      return connection
    }
    for (let round = 0; round < 3; round += 1) {
      let held = await hold()
      // What is asked meanwhile holds bytes, too: it must come after all of them have.
      for (let wait = 20; ; wait *= 2) {
        await pause(wait)
        if (held.seen() === '' && (await isRefused())) break
        held.socket.destroy()
        held = await hold()
      }
      held.socket.destroy()
      await held.ended
      while (await isRefused()) await pause(5)
    }
  }),
)

slow('many compressed bodies at once take no more memory than bodies may', () =>
  withServer(
    files,
    { limits: { bodyBytes: 1_000_000, pendingBytes: 1_500_000 } },
    async (server) => {
      const bomb = gzipSync(Buffer.alloc(990_000, ' '))
      const headers = { 'content-encoding': 'gzip' }
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => call(server, 'POST', URL_, { body: bomb, headers })),
      )
      assert.ok(answers.every(({ status }) => status === 400 || status === 503))
      assert.ok(answers.some(({ status }) => status === 503))
      assert.is((await call(server, 'POST', URL_, { body: GOOD })).status, 200)
      const cut = gzipSync(JSON.stringify(GOOD)).subarray(0, 30)
      const answer = await call(server, 'POST', URL_, { body: cut, headers })
      assert.is(answer.status, 400)
      assert.match(answer.json.error, 'the body must be gzip, as Content-Encoding says')
    },
  ),
)

test('a client that sends just after the server was told to end is answered, others see a clean end', () =>
  withServer({ ...files, 'slow/1/model.onnx': counting() }, {}, async (server) => {
    const port = await portOf(server)
    const used = await open(port)
    used.socket.write(post(JSON.stringify(GOOD)))
    while (!used.seen().includes('"outputs"')) await pause(5)
    assert.match(used.seen(), /connection: keep-alive/i)
    const idle = await open(port)
    const closing = server.close()
    used.socket.write(post(JSON.stringify({ ...GOOD, id: 'late' })))
    assert.is(await used.ended, 'end')
    assert.match(used.seen(), '"id":"late"')
    assert.match(used.seen(), /connection: close/i)
    assert.is(await idle.ended, 'end')
    await closing
  }))

slow('a request that comes on a closed connection is no reset', () =>
  withServer(files, {}, async (server) => {
    const { socket, seen, ended } = await open(await portOf(server))
    socket.write(post(JSON.stringify(GOOD)))
    while (!seen().includes('"outputs"')) await pause(5)
    const before = seen()
    // A client that has not seen the end of its connection yet.
    socket.pause()
    const closing = server.close()
    await pause(400)
    socket.write(post(JSON.stringify(GOOD)))
    socket.resume()
    assert.is(await ended, 'end')
    assert.is(seen(), before)
    await closing
  }),
)

slow('a connection that asks nothing, too slowly, or does not take its answer is closed', () =>
  withServer(
    { ...files, 'wide/1/model.onnx': identity('FLOAT', ['batch', 2 ** 22]) },
    { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } },
    async (server) => {
      const port = await portOf(server)
      const silent = await open(port)
      const headers = await open(port)
      headers.socket.write('GET /v2 HTTP/1.1\r\nHost: local')
      await headers.ended
      assert.match(headers.seen(), 'HTTP/1.1 408 Request Timeout')
      const body = await open(port)
      body.socket.write(`POST ${URL_} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n`)
      const drip = setInterval(() => body.socket.write(' '), 50)
      await body.ended
      clearInterval(drip)
      await silent.ended
      const deaf = await open(port)
      deaf.socket.pause()
      deaf.socket.write(
        `POST /v2/models/wide/infer HTTP/1.1\r\nHost: localhost\r\nInference-Header-Content-Length: 0\r\nContent-Length: ${2 ** 24}\r\n\r\n`,
      )
      deaf.socket.write(Buffer.alloc(2 ** 24))
      while (server.core.statistics('wide')[0]!.statistics.success.count === 0) await pause(20)
      await pause(1500)
      deaf.socket.resume()
      await deaf.ended
      assert.ok(deaf.seen().length < 2 ** 24, 'it was closed before all was sent')
    },
  ),
)

test.run()
