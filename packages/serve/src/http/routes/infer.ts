import { promisify } from 'node:util'
import { deflate, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { decodeRequest } from '../../protocol/decode.ts'
import { type EncodedResponse, encodeResponse } from '../../protocol/encode.ts'
import type { InferRequest } from '../../protocol/messages.ts'
import { bodyOf } from '../body.ts'
import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'
import { modelOf, modelUrls } from './model.ts'

const HEADER_LENGTH = 'inference-header-content-length'

/** Answers shorter than this are not worth compressing. */
const MIN_COMPRESSED = 1024

const ENCODERS: Readonly<Record<string, (data: Uint8Array) => Promise<Buffer>>> = {
  gzip: promisify<Uint8Array, Buffer>(gzip),
  deflate: promisify<Uint8Array, Buffer>(deflate),
}

/** Inference, with JSON or binary tensors either way. */
export const inferRoutes: HttpPlugin = (app, { core, limits }) => {
  addRoute(app, ['POST'], modelUrls('/infer'), async (request, reply) => {
    const { model, version } = modelOf(request)
    // Who asks for a model that is not there learns that first.
    const { metadata } = core.describe(model, version)
    const { request: decoded, forms } = decodeRequest({
      body: bodyOf(request),
      headerLength: request.headers[HEADER_LENGTH] as string | undefined,
      limits: { maxDepth: limits.jsonDepth },
      metadata,
    })
    const { id, parameters, inputs, outputs } = decoded
    const isGone = () => reply.raw.destroyed
    const asked: InferRequest = { model, version, id, parameters, inputs, outputs, isGone }
    const response = await core.infer(asked)
    return send(request, reply, encodeResponse(response, forms))
  })
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, headerLength }: EncodedResponse,
): Promise<FastifyReply> {
  if (headerLength !== undefined) void reply.header(HEADER_LENGTH, headerLength)
  void reply.type(headerLength === undefined ? 'application/json' : 'application/octet-stream')
  const encoding = body.length < MIN_COMPRESSED ? undefined : accepted(request)
  if (encoding === undefined) return reply.send(body)
  void reply.header('content-encoding', encoding).header('vary', 'accept-encoding')
  return reply.send(await ENCODERS[encoding]!(body))
}

/** The first encoding that the client names and that is known here. Names are written in any case. */
function accepted({ headers }: FastifyRequest): string | undefined {
  return headers['accept-encoding']
    ?.toString()
    .toLowerCase()
    .split(',')
    .map((item) => item.split(';'))
    .filter(([, quality]) => !/q=0(\.0*)?\s*$/.test(quality ?? ''))
    .map(([name = '']) => name.trim())
    .find((name) => Object.hasOwn(ENCODERS, name))
}
