import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Server } from '../src/grpc/library.ts'
import { bindGrpc } from '../src/grpc/server.ts'
import { TakenPortError } from '../src/index.ts'
import { listening } from '../src/taken-port.ts'

const test = suite('ports that cannot be had')
const HOST = '127.0.0.1'

const listened = (of: 'http' | 'grpc', port: number, listen: () => Promise<unknown>) =>
  listening(of, { host: HOST, port }, listen).then(
    () => undefined,
    (error: Error) => error,
  )

test('a port that something listens at, over HTTP and by gRPC', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => {
    other.listen(0, HOST, resolve)
  })
  const { port } = other.address() as { port: number }
  const grpc = new Server()
  try {
    const http = () =>
      new Promise<void>((resolve, reject) => {
        createServer().on('error', reject).listen(port, HOST, resolve)
      })
    for (const [of, words, listen] of [
      ['http', 'HTTP', http],
      ['grpc', 'gRPC', () => bindGrpc(grpc, HOST, port, 1)],
    ] as const) {
      const error = await listened(of, port, listen)
      assert.instance(error, TakenPortError)
      const { message, of: which, port: taken } = error as TakenPortError
      assert.equal([which, taken], [of, port])
      assert.is(
        message,
        `${HOST}:${port}, for ${words}: the port must be free, and something listens there already\n  Take another; 0 is a free one.`,
      )
    }
  } finally {
    grpc.forceShutdown()
    other.close()
  }
})

test('a port without the right to it, and whatever else goes wrong', async () => {
  const failing = (error: Error) => () => Promise.reject(error)
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
  assert.is(
    (await listened('http', 80, failing(denied)))?.message,
    `${HOST}:80, for HTTP: the port must be one that this user may take\n  Those below 1024 need rights. Take another; 0 is a free one.`,
  )
  const other = new Error('listen EADDRNOTAVAIL')
  assert.is(await listened('http', 80, failing(other)), other)
})

test.run()
