import { promisify } from 'node:util'
import { gunzip, inflate, type ZlibOptions } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestError } from '../protocol/errors.ts'
import { joined, type Pieces } from '../protocol/pieces.ts'
import type { Limits } from './limits.ts'

/** Chunks of fewer bytes than this, on average, are joined. */
const MIN_PIECE = 2 ** 14

/** How bodies may be compressed. */
const DECODERS: Readonly<
  Record<string, (data: Uint8Array, options: ZlibOptions) => Promise<Buffer>>
> = {
  gzip: promisify<Uint8Array, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Uint8Array, ZlibOptions, Buffer>(inflate),
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of its body that count as pending. */
    ashlarPending: number
  }
}

/** Bytes of all bodies that are under way. */
interface Budget {
  used: number
}

/**
 * Reads every body as pieces of bytes, whatever its content type: clients of the protocol send none. Bounded in bytes, in pieces, and over all
 * requests together.
 */
export function addBodyReader(app: FastifyInstance, limits: Limits): void {
  const budget: Budget = { used: 0 }
  app.decorateRequest('ashlarPending', 0)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    new BodyReader(request, { limits, budget }).read(payload, done)
  })
  app.addHook('onResponse', (request, _reply, done) => {
    budget.used -= request.ashlarPending
    done()
  })
}

/** The body of a request; no pieces when it has none. */
export function bodyOf({ body }: FastifyRequest): Pieces {
  return (body as Pieces | undefined) ?? []
}

type Done = (error: Error | null, body?: Pieces) => void

/** Reads one body. */
class BodyReader {
  private readonly request: FastifyRequest
  private readonly limits: Limits
  private readonly budget: Budget
  private readonly chunks: Buffer[] = []
  private size = 0
  private ended = false

  constructor(request: FastifyRequest, { limits, budget }: { limits: Limits; budget: Budget }) {
    this.request = request
    this.limits = limits
    this.budget = budget
  }

  read(payload: NodeJS.ReadableStream, done: Done): void {
    const { headers } = this.request
    const encoding = headers['content-encoding']
    const fail = (error: Error) => {
      if (this.ended) return
      this.ended = true
      // The rest is of no interest, but the client reads the answer only when it has sent it.
      payload.resume()
      done(error)
    }
    const refusal = this.refusal(encoding, headers['content-length'])
    if (refusal !== undefined) {
      fail(refusal)
      return
    }
    payload.on('data', (chunk: Buffer) => {
      const problem = this.ended ? undefined : this.take(chunk)
      if (problem !== undefined) fail(problem)
    })
    payload.on('error', () =>
      fail(new RequestError('CANCELLED', { where: 'request', expected: 'the client gave it up' })),
    )
    payload.on('end', () => {
      if (this.ended) return
      this.ended = true
      if (encoding === undefined || encoding === 'identity') done(null, this.pieces())
      else this.decode(encoding).then((plain) => done(null, [plain]), done)
    })
  }

  /** What the headers alone are refused for. */
  private refusal(encoding = 'identity', length = '0'): RequestError | undefined {
    if (encoding !== 'identity' && !Object.hasOwn(DECODERS, encoding)) {
      return new RequestError('UNSUPPORTED_MEDIA', {
        where: 'Content-Encoding',
        expected: `must be identity, ${Object.keys(DECODERS).join(' or ')}`,
        given: encoding,
      })
    }
    return Number(length) > this.limits.bodyBytes ? tooLarge(this.limits) : undefined
  }

  private take(chunk: Buffer): RequestError | undefined {
    const { limits, chunks } = this
    this.size += chunk.length
    if (this.size > limits.bodyBytes) return tooLarge(limits)
    if (chunks.length >= limits.bodyChunks) {
      return new RequestError('INVALID_ARGUMENT', {
        where: 'request',
        expected: `the body must come in at most ${limits.bodyChunks} chunks`,
      })
    }
    chunks.push(chunk)
    return this.reserve(chunk.length)
  }

  private reserve(bytes: number): RequestError | undefined {
    const { budget, limits } = this
    if (budget.used + bytes > limits.pendingBytes) {
      return new RequestError('UNAVAILABLE', {
        where: 'server',
        expected: `bodies of ${limits.pendingBytes} bytes are under way already`,
      })
    }
    budget.used += bytes
    this.request.ashlarPending += bytes
    return undefined
  }

  /** Large chunks as they are; many small ones would take more memory than their bytes. */
  private pieces(): Pieces {
    const { chunks, size } = this
    return chunks.length > 1 && size / chunks.length < MIN_PIECE
      ? [Buffer.concat(chunks, size)]
      : chunks
  }

  private async decode(encoding: string): Promise<Buffer> {
    const { limits } = this
    const body = joined(this.chunks)
    let plain: Buffer
    try {
      plain = await DECODERS[encoding]!(body, { maxOutputLength: limits.bodyBytes })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limits)
      throw new RequestError('INVALID_ARGUMENT', {
        where: 'request',
        expected: `the body must be ${encoding}, as Content-Encoding says`,
        cause,
      })
    }
    const refusal = this.reserve(plain.length)
    if (refusal !== undefined) throw refusal
    return plain
  }
}

function tooLarge({ bodyBytes }: Limits): RequestError {
  return new RequestError('TOO_LARGE', {
    where: 'request',
    expected: `the body must have at most ${bodyBytes} bytes, also when decompressed`,
  })
}
