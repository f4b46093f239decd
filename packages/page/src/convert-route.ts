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
    const pieces = piecesOf(request)
    const size = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (size === 0) return refuse(400, 'the picture: must have bytes, got none')
    if (size > MOST_PICTURE_BYTES) {
      const most = `the picture: must have at most ${MOST_PICTURE_BYTES} bytes, got ${size}`
      return refuse(413, `${most}\n  Make it smaller.`)
    }
    if (!conversion.hasRoom()) {
      void reply.header('retry-after', '1')
      const text = 'the picture: must wait until fewer pictures are being read'
      return refuse(503, `${text}\n  Try again in a moment.`)
    }
    // Nothing may come between the question and this.
    return answer(reply, conversion.run(joined(pieces)), refuse)
  })
}

async function answer(
  reply: FastifyReply,
  made: Promise<Uint8Array>,
  refuse: (status: number, error: string) => FastifyReply,
): Promise<FastifyReply> {
  try {
    const png = await made
    return reply.type('image/png').header('cache-control', 'no-store').send(Buffer.from(png))
  } catch (error) {
    if (error instanceof DataError) return refuse(400, error.message)
    if (error instanceof EngineError) return refuse(503, error.message)
    throw error
  }
}

/** A body is bytes, or comes in pieces. */
function piecesOf({ body }: FastifyRequest): readonly Uint8Array[] {
  const pieces = body as Buffer | readonly Uint8Array[] | undefined | null
  if (pieces === undefined || pieces === null) return []
  return Buffer.isBuffer(pieces) ? [pieces] : (pieces as readonly Uint8Array[])
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
