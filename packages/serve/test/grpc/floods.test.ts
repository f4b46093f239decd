import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { credentials, type ServiceError } from '@grpc/grpc-js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serviceConstructor } from '../../src/grpc/server.ts'
import { doubling } from '../support/onnx-models.ts'
import { type Started, startServer } from '../support/server.ts'

const test = suite('gRPC under floods')

const CONNECTIONS = 8

let started: Started
let address = ''

test.before(async () => {
  const limits = { connections: CONNECTIONS }
  started = await startServer({ 'double/1/model.onnx': doubling() }, { grpcPort: 0, limits })
  address = (await started.server.listen()).grpc!
})

test.after(() => started.stop())

/** Asks whether the server is live, on a connection of its own; an error is the answer, too. */
async function ask(options: object = {}): Promise<object | ServiceError> {
  const Client = serviceConstructor()
  const client = new Client(address, credentials.createInsecure(), options)
  try {
    return await new Promise((resolve) => {
      const done = (error: ServiceError | null, answer: object) => resolve(error ?? answer)
      client.ServerLive!({}, done)
    })
  } finally {
    client.close()
  }
}

const CALL = {
  ':method': 'POST',
  ':path': '/inference.GRPCInferenceService/ModelInfer',
  'content-type': 'application/grpc',
  te: 'trailers',
}

async function session(): Promise<ClientHttp2Session> {
  const found = connectHttp2(`http://${address}`)
  // What it is closed with is looked at by those whom it concerns.
  found.on('error', () => undefined)
  await once(found, 'connect')
  return found
}

test('a client that opens calls and resets them at once is sent away, and others are answered', async () => {
  const flood = await session()
  const ended = new Promise((resolve) => flood.once('close', resolve))
  let opened = 0
  while (!flood.destroyed && opened < 200_000) {
    for (let i = 0; i < 100 && !flood.destroyed; i++) {
      const call = flood.request(CALL)
      call.on('error', () => undefined)
      call.close(constants.NGHTTP2_CANCEL)
      opened++
    }
    await new Promise((resolve) => setImmediate(resolve))
    if (opened % 5000 === 0) assert.equal(await ask(), { live: true })
  }
  assert.ok(flood.destroyed, `${opened} calls were taken`)
  await ended
  assert.equal(await ask(), { live: true })
})

test('a call with many headers, or large ones, is refused, and others are answered', async () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`x-${at}`, '1']))
  for (const headers of [many, { 'x-large': 'a'.repeat(60_000) }]) {
    const one = await session()
    const outcome = await new Promise<string>((resolve) => {
      const call = one.request({ ...CALL, ...headers })
      call.on('error', (error) => resolve(error.message))
      const told = (answer: IncomingHttpHeaders) => {
        const { 'grpc-status': status, 'grpc-message': message } = answer
        if (status !== undefined) resolve(`${status} ${decodeURIComponent(String(message))}`)
      }
      call.on('response', told)
      call.on('trailers', told)
      call.on('close', () => resolve('closed without a word'))
    })
    assert.match(
      outcome,
      /ENHANCE_YOUR_CALM|^8 metadata: must have at most 16384 bytes, got 60/,
      outcome,
    )
    one.destroy()
    assert.equal(await ask(), { live: true })
  }
})

test('so many connections are taken, and others when these have gone', async () => {
  const [host, port] = address.split(':') as [string, string]
  const sockets: Socket[] = []
  const closed: Promise<unknown>[] = []
  for (let at = 0; at < CONNECTIONS + 3; at++) {
    const socket = connectTcp(Number(port), host)
    socket.on('error', () => undefined)
    sockets.push(socket)
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    await once(socket, 'connect')
  }
  await Promise.all(closed.slice(CONNECTIONS))
  // A client of another test may not have gone yet.
  const open = sockets.filter(({ destroyed }) => !destroyed).length
  assert.ok(open > 0 && open <= CONNECTIONS, `${open} are open`)
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
  // The server notices in its own time.
  for (;;) {
    const answer = await ask()
    if (!(answer instanceof Error)) {
      assert.equal(answer, { live: true })
      return
    }
  }
})

test('a call for another name is refused', async () => {
  const error = (await ask({ 'grpc.default_authority': 'evil.example' })) as ServiceError
  assert.is(error.code, 7)
  assert.match(error.details, /Host: must be a name of this server, got "evil\.example"/)
  assert.equal(await ask({ 'grpc.default_authority': 'localhost:8001' }), { live: true })
})

test.run()
