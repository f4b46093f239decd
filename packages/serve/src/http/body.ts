import { promisify } from 'node:util'
import { gunzip, inflate, type ZlibOptions } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestError } from '../protocol/errors.ts'
import type { Limits } from './limits.ts'

/** How bodies may be compressed. */
const DECODERS: Readonly<
  Record<string, (data: Uint8Array, options: ZlibOptions) => Promise<Buffer>>
> = {
  gzip: promisify<Uint8Array, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Uint8Array, ZlibOptions, Buffer>(inflate),
}

/** Bytes of a request that count as pending. */
const pending = new WeakMap<FastifyRequest, number>()

/**
 * Reads every body as bytes, whatever its content type: clients of the protocol send none. Bounded in bytes, in pieces, and over all
 * requests together.
 */
export function addBodyReader(app: FastifyInstance, limits: Limits): void {
  const budget = { used: 0 }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    collect(request, payload, { limits, budget }).then(
      (body) => done(null, body),
      (error: Error) => {
        // The rest is of no interest, but the client reads the answer only when it has sent it.
        payload.resume()
        done(error)
      },
    )
  })
  app.addHook('onResponse', (request, _reply, done) => {
    budget.used -= pending.get(request) ?? 0
    pending.delete(request)
    done()
  })
}

async function collect(
  request: FastifyRequest,
  payload: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  { limits, budget }: { limits: Limits; budget: { used: number } },
): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined
  if (decode === undefined && encoding !== 'identity') {
    throw new RequestError('UNSUPPORTED_MEDIA', {
      where: 'Content-Encoding',
      expected: `must be identity, ${Object.keys(DECODERS).join(' or ')}`,
      given: encoding,
    })
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge(limits)
  const reserve = (bytes: number) => {
    if (budget.used + bytes > limits.pendingBytes) {
      throw new RequestError('UNAVAILABLE', {
        where: 'server',
        expected: `bodies of ${limits.pendingBytes} bytes are under way already`,
      })
    }
    budget.used += bytes
    pending.set(request, (pending.get(request) ?? 0) + bytes)
  }
  const body = await readAll(payload, limits, reserve)
  if (decode === undefined) return body
  try {
    const plain = await decode(body, { maxOutputLength: limits.bodyBytes })
    reserve(plain.length)
    return plain
  } catch (cause) {
    if (cause instanceof RequestError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limits)
    throw new RequestError('INVALID_ARGUMENT', {
      where: 'request',
      expected: `the body must be ${encoding}, as Content-Encoding says`,
      cause,
    })
  }
}

function readAll(
  payload: NodeJS.ReadableStream,
  limits: Limits,
  reserve: (bytes: number) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = () => {
      payload.off('data', take).off('end', finish).off('error', fail).off('close', leave)
    }
    const fail = (error: Error) => {
      stop()
      reject(error)
    }
    const finish = () => {
      stop()
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    }
    const leave = () =>
      fail(new RequestError('CANCELLED', { where: 'request', expected: 'the client gave it up' }))
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.bodyBytes) return fail(tooLarge(limits))
      if (chunks.length >= limits.bodyChunks) {
        return fail(
          new RequestError('INVALID_ARGUMENT', {
            where: 'request',
            expected: `the body must come in at most ${limits.bodyChunks} chunks`,
          }),
        )
      }
      try {
        reserve(chunk.length)
      } catch (error) {
        return fail(error as Error)
      }
      chunks.push(chunk)
    }
    payload.on('data', take).on('end', finish).on('error', fail).on('close', leave)
  })
}

function tooLarge({ bodyBytes }: Limits): RequestError {
  return new RequestError('TOO_LARGE', {
    where: 'request',
    expected: `the body must have at most ${bodyBytes} bytes, also when decompressed`,
  })
}
