import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { RequestError } from '../protocol/errors.ts'

/** Routes that anybody may call: whoever watches the server has no token. */
const OPEN = /^\/v2\/health\/(live|ready)(\?|$)/

/** Refuses every request without the token, but for health. */
export function requireToken(app: FastifyInstance, token: string): void {
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN.test(request.url) || isBearer(request.headers.authorization, token)) return
    void reply.header('www-authenticate', 'Bearer')
    throw unauthenticated()
  })
}

/** Whether a header carries the token. Takes the same time for every wrong one. */
export function isBearer(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

/** What somebody without the token is told. */
export function unauthenticated(): RequestError {
  return new RequestError('UNAUTHENTICATED', {
    where: 'Authorization',
    expected: 'must be "Bearer" and the token that the server was started with',
  })
}
