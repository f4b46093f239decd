import { DataError, EngineError } from '@ashlar/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PictureConversion } from './page-options.ts'

/** Bytes of a picture that is converted at most. */
export const MOST_PICTURE_BYTES: number = 32 * 2 ** 20

/** What a picture is sent as. Pages of others may not send it without the server's leave, which a form could. */
const TYPE = 'application/octet-stream'

/** Adds the route that makes a PNG of the bytes of a picture, and does nothing else. */
export function addConversion(
  server: FastifyInstance,
  path: string,
  conversion: PictureConversion,
): void {
  // The server of the page may read bodies itself, and count them.
  if (!server.hasContentTypeParser(TYPE) && !server.hasContentTypeParser('*')) {
    const options = { parseAs: 'buffer', bodyLimit: MOST_PICTURE_BYTES } as const
    server.addContentTypeParser(TYPE, options, (_request, body, done) => done(null, body))
  }
  server.post(path, async (request, reply) => {
    const { headers } = request
    const refuse = (status: number, error: string) => reply.code(status).send({ error })
    if (headers['content-type'] !== TYPE) {
      return refuse(415, `Content-Type: must be ${TYPE}, got ${headers['content-type'] ?? 'none'}`)
    }
    const bytes = bytesOf(request)
    if (bytes.length === 0) return refuse(400, 'the picture: must have bytes, got none')
    if (bytes.length > MOST_PICTURE_BYTES) {
      return refuse(413, `the picture: must have at most ${MOST_PICTURE_BYTES} bytes`)
    }
    return answer(reply, () => conversion.run(bytes), refuse)
  })
}

async function answer(
  reply: FastifyReply,
  run: () => Promise<Uint8Array>,
  refuse: (status: number, error: string) => FastifyReply,
): Promise<FastifyReply> {
  try {
    const png = await run()
    return reply.type('image/png').header('cache-control', 'no-store').send(Buffer.from(png))
  } catch (error) {
    if (error instanceof DataError) return refuse(400, error.message)
    if (!(error instanceof EngineError)) throw error
    void reply.header('retry-after', '1')
    return refuse(503, error.message)
  }
}

/** A body is bytes, or comes in pieces. */
function bytesOf({ body }: FastifyRequest): Buffer {
  const pieces = body as Buffer | readonly Uint8Array[] | undefined
  if (pieces === undefined || pieces === null) return Buffer.alloc(0)
  return Buffer.isBuffer(pieces) ? pieces : Buffer.concat(pieces as readonly Uint8Array[])
}
