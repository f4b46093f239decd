import type { FastifyInstance } from 'fastify'
import { RequestError } from '../protocol/errors.ts'

/** A name or address, and perhaps a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+)(?::\d{1,5})?$/i

/** Stands for every name. */
const ANY = '*'

/** Whether a name that a request came by is the server's own. */
export type IsOwnHost = (given: string | undefined) => boolean

/**
 * Tells names of the server from others. A page of a stranger can let its own name point to 127.0.0.1, and is then, for a browser, of the same origin as what
 * listens there (DNS rebinding): the name that it came by is all that tells it apart.
 *
 * @param host where the server listens: behind a loopback address, only this machine's names are its names.
 * @param allowed further names; `*` for all. Where it listens to others, names are looked at only when some are given.
 */
export function ownHosts(host: string, allowed: readonly string[]): IsOwnHost {
  if (allowed.includes(ANY) || (allowed.length === 0 && !isLoopback(host))) return () => true
  const names = new Set([host, ...allowed].map(plain))
  return (given) => {
    // Only HTTP/1.0 may leave it out, which no browser speaks.
    const [, name = ''] = HOST.exec(given ?? 'localhost') ?? []
    return name !== '' && (isLoopback(plain(name)) || names.has(plain(name)))
  }
}

/** Refuses HTTP requests for other names than the server's. */
export function requireOwnHost(app: FastifyInstance, isOwn: IsOwnHost): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const given = request.headers.host
    if (isOwn(given)) done()
    else done(strangeHost(given))
  })
}

/** What is said to a request for another name. */
export function strangeHost(given: string | undefined): RequestError {
  return new RequestError('FORBIDDEN', {
    where: 'Host',
    expected: 'must be a name of this server',
    given,
    hint: 'Further names are given at its start: --allowed-hosts.',
  })
}

/** Whether an address or name is this machine's alone. */
export function isLoopback(host: string): boolean {
  const name = plain(host)
  return (
    /^127(\.\d{1,3}){3}$/.test(name) ||
    /^(.*\.)?localhost$/.test(name) ||
    name === '::1' ||
    name === '::ffff:127.0.0.1'
  )
}

/** Without brackets, in lower case, without the dot at the end. */
function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(.)\.$/, '$1')
}
