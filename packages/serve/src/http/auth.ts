import { createHash, timingSafeEqual } from 'node:crypto'
import { ConfigError } from '@ashlar/errors'
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
  // The name of the scheme may be written in any case.
  const [, given = ''] = /^bearer +(.*)$/is.exec(header ?? '') ?? []
  return timingSafeEqual(digest(given.trim()), digest(token))
}

/**
 * Refuses tokens that nobody could send, or anybody.
 *
 * @param where what names the token.
 * @throws ConfigError for one that is empty, as a variable is that was not set, or has spaces or what a header cannot carry.
 */
export function checkToken(where: string, token: string | undefined): void {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return
  throw new ConfigError({
    where,
    expected: 'must be visible ASCII characters without spaces, at least one',
    hint: token === '' ? 'It is empty: leave it out to serve without one.' : undefined,
  })
}

/** What somebody without the token is told. */
export function unauthenticated(): RequestError {
  return new RequestError('UNAUTHENTICATED', {
    where: 'Authorization',
    expected: 'must be "Bearer" and the token that the server was started with',
  })
}
