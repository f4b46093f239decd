import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import { ConfigError } from '@ashlar/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A token that nobody guesses. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

const ENTER =
  '<!doctype html><html lang="en"><title>Runs</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Runs</a></html>\n'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Refuses an address that others could reach: runs can be stopped and changed here.
 *
 * @throws ConfigError for any but this machine's own.
 */
export function requireLoopback(host: string): void {
  if (host === 'localhost' || LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')) return
  throw new ConfigError({
    where: '--host',
    expected: 'must be an address of this machine alone: 127.0.0.1, ::1 or localhost',
    given: host,
    hint: 'From elsewhere, take a tunnel: ssh -L 6060:127.0.0.1:6060 HOST. To serve a model to others, see ashlar serve.',
  })
}

/** As an address holds it. */
export function inAddress(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/**
 * Lets in only who has the token, by the name that the page was told to be opened with.
 *
 * A page of a stranger can let its own name lead to 127.0.0.1 (DNS rebinding), so requests by other names are refused; it can send requests to the
 * right name, so what changes something must come from the page itself.
 *
 * @param onEnter called when somebody has come in by the address with the token.
 */
export function guard(
  app: FastifyInstance,
  token: string,
  host: string,
  onEnter: () => void = () => undefined,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const port = request.socket.localPort
    const names = ['127.0.0.1', '[::1]', 'localhost', inAddress(host)]
    const given = request.headers.host?.toLowerCase()
    if (!names.some((name) => given === `${name}:${port}` || (port === 80 && given === name))) {
      return refuse(reply, 403, `Host: must be a name of this page, got ${JSON.stringify(given)}`)
    }
    const { origin } = request.headers
    if (origin !== undefined && origin !== `http://${given}`) {
      return refuse(reply, 403, 'Origin: must be this page')
    }
    if (hasToken(request, token, port)) return undefined
    const asked = (request.query as Record<string, unknown>).token
    if (request.method === 'GET' && typeof asked === 'string' && isSame(asked, token)) {
      onEnter()
      // Kept by the browser, and gone from its address, history and list of pages. A redirection would be without the cookie where a file led here: only what
      // this page itself asks for has it.
      return reply
        .header(
          'set-cookie',
          `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`,
        )
        .type('text/html; charset=utf-8')
        .send(ENTER)
    }
    return refuse(reply, 401, 'Open the address that `ashlar ui` printed: it holds the token.')
  })
}

function refuse(reply: FastifyReply, code: number, error: string): FastifyReply {
  return reply.code(code).send({ error })
}

function hasToken({ headers }: FastifyRequest, token: string, port: number | undefined): boolean {
  const [, bearer] = /^bearer +(.*)$/i.exec(headers.authorization ?? '') ?? []
  if (bearer !== undefined) return isSame(bearer, token)
  const name = `${cookieName(port)}=`
  const cookies = (headers.cookie ?? '').split(';').map((each) => each.trim())
  return cookies.some((each) => each.startsWith(name) && isSame(each.slice(name.length), token))
}

/** A browser sends cookies of a name to all ports of this machine. */
function cookieName(port: number | undefined): string {
  return `ashlar-ui-${port}`
}

/** Takes the same time for every wrong one. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
