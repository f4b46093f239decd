import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asRequestError, failures, RequestError } from '../protocol/errors.ts'

/** How long a client should wait before it tries again, in seconds. */
const RETRY_AFTER = '1'

/** Every error, also the framework's own, is JSON `{"error": message}`: clients read nothing else. */
export function addErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send({ error: 'Not Found' })
  })
}

/** Tells an error to the client, and to the log when it is the server's. */
export function answerError(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = (error as Partial<FastifyError>).statusCode
  // What the framework itself refuses carries a status and a text that is fit for clients.
  if (!(error instanceof RequestError) && status !== undefined && status >= 400 && status < 500) {
    return reply.code(status).send({ error: error.message })
  }
  const told = asRequestError(error)
  const code = failures[told.kind].http
  if (code >= 500) {
    const level = code === 503 ? 'debug' : 'error'
    const { id: reqId, url, log } = request
    log[level]({ reqId, err: told.cause ?? told, url }, told.message)
  }
  if (code === 503) void reply.header('retry-after', RETRY_AFTER)
  if (code === 413) void reply.header('connection', 'close')
  return reply.code(code).send({ error: told.message })
}

/** The answer, as bytes, to what is no HTTP at all. */
export function rawError(status: number, phrase: string, message: string): string {
  const body = JSON.stringify({ error: message })
  return [
    `HTTP/1.1 ${status} ${phrase}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
