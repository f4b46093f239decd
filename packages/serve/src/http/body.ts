import type { Readable, Transform } from 'node:stream'
import { createGunzip, createInflate, type ZlibOptions } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestError } from '../protocol/errors.ts'
import type { Pieces } from '../protocol/pieces.ts'
import type { Budget } from './budget.ts'
import type { Limits } from './limits.ts'

/** Chunks of fewer bytes than this, on average, are joined. */
const MIN_PIECE = 2 ** 14

/** How much of a compressed body comes out at once. */
const ZLIB: ZlibOptions = { chunkSize: 2 ** 16 }

/** How bodies may be compressed; names are written in any case. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(ZLIB),
  deflate: () => createInflate(ZLIB),
}

/**
 * Reads every body as pieces of bytes, whatever its content type: clients of the protocol send none. Bounded in bytes, in pieces, and over all
 * requests together, also while it is decompressed.
 */
export function addBodyReader(app: FastifyInstance, limits: Limits, budget: Budget): void {
  app.decorateRequest('ashlarBody', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    request.ashlarBody = new BodyReader(request, { limits, budget })
    request.ashlarBody.read(payload, done)
  })
  app.addHook('onRequest', (request, reply, done) => {
    // The answer is done, or its client has gone: this comes in any case, what fastify calls a response does not.
    if (request.method === 'POST') reply.raw.once('close', () => request.ashlarBody?.release())
    done()
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Holds its body's bytes. */
    ashlarBody:
      | { read(payload: NodeJS.ReadableStream, done: Done): void; release(): void }
      | undefined
  }
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
  private chunks: Buffer[] = []
  private size = 0
  private received = 0
  private held = 0
  private ended = false

  constructor(request: FastifyRequest, { limits, budget }: { limits: Limits; budget: Budget }) {
    this.request = request
    this.limits = limits
    this.budget = budget
  }

  read(payload: NodeJS.ReadableStream, done: Done): void {
    const { headers } = this.request
    const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
    const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : undefined
    const fail = (error: Error) => {
      if (this.ended) return
      this.ended = true
      this.release()
      if (decoder !== undefined) {
        payload.unpipe(decoder)
        decoder.destroy()
      }
      // The rest is of no interest, but the client reads the answer only when it has sent it.
      payload.resume()
      done(error)
    }
    const refusal = this.refusal(encoding, headers['content-length'])
    if (refusal !== undefined) {
      fail(refusal)
      return
    }
    const plain = decoder === undefined ? payload : payload.pipe(decoder)
    payload.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      if (this.received > this.limits.bodyBytes) fail(tooLarge(this.limits))
    })
    plain.on('data', (chunk: Buffer) => {
      const problem = this.ended ? undefined : this.take(chunk)
      if (problem !== undefined) fail(problem)
    })
    payload.on('error', () => fail(gone()))
    payload.on('close', () => {
      if (!(payload as Readable).readableEnded) fail(gone())
    })
    decoder?.on('error', (cause) => fail(undecodable(encoding, cause)))
    plain.on('end', () => {
      if (this.ended) return
      this.ended = true
      done(null, this.pieces())
    })
  }

  /** Gives back what the body holds. */
  release(): void {
    this.budget.release(this.held)
    this.held = 0
    this.chunks = []
  }

  /** What the headers alone are refused for. */
  private refusal(encoding: string, length = '0'): RequestError | undefined {
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
    const refusal = this.budget.reserve(chunk.length)
    if (refusal !== undefined) return refusal
    this.held += chunk.length
    chunks.push(chunk)
    return undefined
  }

  /** Large chunks as they are; many small ones would take more memory than their bytes. */
  private pieces(): Pieces {
    const { chunks, size } = this
    return chunks.length > 1 && size / chunks.length < MIN_PIECE
      ? [Buffer.concat(chunks, size)]
      : chunks
  }
}

function gone(): RequestError {
  return new RequestError('CANCELLED', { where: 'request', expected: 'the client gave it up' })
}

function undecodable(encoding: string, cause: Error): RequestError {
  return new RequestError('INVALID_ARGUMENT', {
    where: 'request',
    expected: `the body must be ${encoding}, as Content-Encoding says`,
    cause,
  })
}

function tooLarge({ bodyBytes }: Limits): RequestError {
  return new RequestError('TOO_LARGE', {
    where: 'request',
    expected: `the body must have at most ${bodyBytes} bytes, also when decompressed`,
  })
}
