import { DataError, EngineError } from '@ashlar/errors'
import fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MOST_PICTURE_BYTES } from '../src/convert-route.ts'
import { PAGE_PATH, type PageOptions, servePage } from '../src/index.ts'

const test = suite('pictures that browsers do not read')

const PNG = Buffer.from('\x89PNG and so on', 'latin1')

type Convert = NonNullable<PageOptions['convert']>

interface Around {
  readonly prepare?: (server: FastifyInstance) => void
  readonly hasRoom?: () => boolean
}

/** Makes a server read bodies as pieces. */
function inPieces(server: FastifyInstance, cut: (body: Buffer) => readonly Uint8Array[]): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, cut(body as Buffer)),
  )
}

/** A server with the page. */
async function withPage(
  run: Convert['run'] | undefined,
  use: (server: FastifyInstance) => Promise<void>,
  { prepare = () => undefined, hasRoom = () => true }: Around = {},
): Promise<void> {
  const server = fastify()
  prepare(server)
  await server.register(servePage, {
    model: 'm',
    file: '/nowhere/model.onnx',
    card: { title: 'M', sections: [] },
    ...(run && { convert: { run, hasRoom, endings: ['.tif'] } }),
  })
  await use(server)
  await server.close()
}

const send = (server: FastifyInstance, body: Buffer, type = 'application/octet-stream') =>
  server.inject({
    ...{ method: 'POST', url: `${PAGE_PATH}/picture`, payload: body },
    headers: { 'content-type': type },
  })

test('bytes go in, a PNG comes out; the card says that the server does so', async () => {
  const seen: Uint8Array[] = []
  const convert = async (bytes: Uint8Array) => {
    seen.push(bytes)
    return PNG
  }
  await withPage(convert, async (server) => {
    const { statusCode, headers, rawPayload } = await send(server, Buffer.from('a TIFF'))
    assert.is(statusCode, 200)
    assert.is(headers['content-type'], 'image/png')
    assert.is(headers['x-content-type-options'], 'nosniff')
    assert.match(headers['content-security-policy'] as string, /default-src 'none'/)
    assert.ok(rawPayload.equals(PNG))
    assert.equal(seen.map(String), ['a TIFF'])
    const card = (await server.inject(`${PAGE_PATH}/card.json`)).json()
    assert.equal(card.converts, { mostBytes: MOST_PICTURE_BYTES, endings: ['.tif'] })
  })
})

test('a server that reads bodies in pieces gives them so', async () => {
  const convert = async (bytes: Uint8Array) => {
    assert.is(String(bytes), 'a TIFF')
    return PNG
  }
  await withPage(
    convert,
    async (server) => assert.is((await send(server, Buffer.from('a TIFF'))).statusCode, 200),
    { prepare: (server) => inPieces(server, (body) => [body.subarray(0, 2), body.subarray(2)]) },
  )
})

test('what there is no room for is sent away before its bytes are gathered', async () => {
  // They can be counted; whoever gathers them fails.
  const body = [{ byteLength: 5 }, { byteLength: 7 }] as Uint8Array[]
  await withPage(
    () => assert.unreachable('it was run') as never,
    async (server) => {
      const busy = await send(server, Buffer.from('a TIFF'))
      assert.equal([busy.statusCode, busy.headers['retry-after']], [503, '1'])
      assert.equal(busy.json(), {
        error:
          'the picture: must wait until fewer pictures are being read\n  Try again in a moment.',
      })
    },
    { prepare: (server) => inPieces(server, () => body), hasRoom: () => false },
  )
})

test('what cannot be is refused in words', async () => {
  const errors = [
    new DataError({ where: 'the picture', expected: 'must be a whole TIFF picture' }),
    new EngineError({
      where: 'the picture',
      expected: 'the server must be able to read pictures of this format',
      hint: 'Run: npm install sharp',
    }),
    new Error('a secret of the server'),
  ]
  await withPage(
    () => Promise.reject(errors.shift()),
    async (server) => {
      const bytes = Buffer.from('?')
      const [broken, missing, failed] = [
        await send(server, bytes),
        await send(server, bytes),
        await send(server, bytes),
      ]
      assert.is(broken!.statusCode, 400)
      assert.equal(broken!.json(), { error: 'the picture: must be a whole TIFF picture' })
      // The fault of the server, which does not go away in a moment.
      assert.equal([missing!.statusCode, missing!.headers['retry-after']], [503, undefined])
      assert.equal(missing!.json(), {
        error:
          'the picture: the server must be able to read pictures of this format\n  Run: npm install sharp',
      })
      assert.is(failed!.statusCode, 500)
      const empty = await send(server, Buffer.alloc(0))
      assert.is(empty.statusCode, 400)
      assert.equal(empty.json(), { error: 'the picture: must have bytes, got none' })
      // A form of another's page may send text, and nothing that needs leave.
      const form = await send(server, bytes, 'text/plain')
      assert.is(form.statusCode, 415)
      assert.equal(form.json(), {
        error: 'Content-Type: must be application/octet-stream, got text/plain',
      })
      const large = await send(server, Buffer.alloc(MOST_PICTURE_BYTES + 1))
      assert.is(large.statusCode, 413)
    },
  )
})

test('without it there is no such route, and the card says nothing of it', async () => {
  await withPage(undefined, async (server) => {
    assert.is((await send(server, Buffer.from('?'))).statusCode, 404)
    assert.not.ok('converts' in (await server.inject(`${PAGE_PATH}/card.json`)).json())
  })
})

test.run()
