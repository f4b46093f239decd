import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { download } from '../../src/files/download.ts'
import { rejects } from '../support/errors.ts'
import { withServer } from '../support/file-server.ts'

const test = suite('download')

test('gives the body', () =>
  withServer(
    (_, response) => response.end('contents'),
    async (address) => assert.is(String(await download(`${address}file`, 8)), 'contents'),
  ))

test('names the status that is not 200', () =>
  withServer(
    (_, response) => response.writeHead(403).end('no'),
    async (address) =>
      rejects(
        () => download(`${address}file`, 8),
        DataError,
        `${address}file: must answer 200, got 403 Forbidden`,
      ),
  ))

test('stops a body that is too long', () =>
  withServer(
    (_, response) => response.end('contents'),
    async (address) =>
      rejects(
        () => download(`${address}file`, 7),
        DataError,
        `${address}file: must send at most 7 bytes, got more`,
      ),
  ))

test('names the reason when a server cannot be reached', async () => {
  let closed = ''
  await withServer(
    () => undefined,
    async (address) => {
      closed = address
    },
  )
  await rejects(
    () => download(closed, 8),
    DataError,
    /: must be reachable \(connect ECONNREFUSED 127/,
  )
})

test('notices a body that ends early', () =>
  withServer(
    (_, response) => {
      response.writeHead(200, { 'content-length': '8' }).write('cont')
      setTimeout(() => response.destroy(), 20)
    },
    async (address) =>
      rejects(
        () => download(address, 8),
        DataError,
        /: must be reachable \(.*(closed|aborted|terminated)/,
      ),
  ))

test('gives up a server that falls silent', () =>
  withServer(
    (_, response) => {
      response.writeHead(200).write('cont')
    },
    async (address) =>
      rejects(
        () => download(address, 8, 100),
        DataError,
        `${address}: must be reachable (silent for 0.1 s)`,
      ),
  ))

test.run()
