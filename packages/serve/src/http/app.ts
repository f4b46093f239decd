import type { Socket } from 'node:net'
import cors from '@fastify/cors'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { requireToken } from './auth.ts'
import { addBodyReader } from './body.ts'
import type { Budget } from './budget.ts'
import { addErrorHandlers, answerError, rawError } from './errors.ts'
import { ownHosts, requireOwnHost } from './host.ts'
import type { HttpContext, HttpPlugin } from './plugin.ts'

/** What an HTTP server is made of. */
export interface AppOptions extends HttpContext {
  readonly plugins: readonly HttpPlugin[]
  readonly log: FastifyBaseLogger
  /** What clients must send as `Authorization: Bearer`; health needs none. */
  readonly token: string | undefined
  /** Origins of pages that may call; none by default. */
  readonly cors: readonly string[]
  /** Where it will listen. */
  readonly host: string
  /** Names that it may be called by beside its own. */
  readonly allowedHosts: readonly string[]
  /** Of all bodies, those of other ports among them. */
  readonly budget: Budget
}

/** How often connections are looked at that are too slow, in milliseconds. */
const CHECK_MS = 500

/** Ids that may come from outside: they go into the log. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/

/** An HTTP server with the given routes, which does not listen yet. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { limits, log } = options
  const process36 = process.pid.toString(36)
  let requests = 0
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // Node looks at both timeouts every 30 s only.
      connectionsCheckingInterval: CHECK_MS,
    },
    // Who logs names the request: a logger for each would be made for the few that are written about.
    childLoggerFactory: (logger) => logger,
    routerOptions: { maxParamLength: 256 },
    exposeHeadRoutes: true,
    return503OnClosing: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      if (typeof given === 'string' && REQUEST_ID.test(given)) return given
      requests += 1
      return `${process36}-${requests.toString(36)}`
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler,
  })
  app.server.maxConnections = limits.connections
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    if (options.core.isLeaving()) void reply.header('connection', 'close')
    done()
  })
  if (log.level === 'debug' || log.level === 'trace') {
    app.addHook('onResponse', (request, reply, done) => {
      const { method, url } = request
      const { statusCode: status, elapsedTime: ms } = reply
      log.debug({ reqId: request.id, method, url, status, ms }, 'request')
      done()
    })
  }
  app.addHook('onSend', (request, _reply, _payload, done) => {
    // A client that does not read its answer keeps it, and its request, in memory.
    request.raw.socket.setTimeout?.(limits.requestTimeoutMs)
    done()
  })
  addErrorHandlers(app)
  requireOwnHost(app, ownHosts(options.host, options.allowedHosts))
  if (options.cors.length > 0) await app.register(cors, { origin: [...options.cors] })
  if (options.token !== undefined) requireToken(app, options.token)
  addBodyReader(app, limits, options.budget)
  for (const plugin of options.plugins) await plugin(app, options)
  return app
}

/** What is no HTTP, or came too slowly, is told in JSON as well. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const answers: Readonly<Record<string, readonly [number, string]>> = {
    HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
    HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  }
  const [status, phrase] = answers[error.code ?? ''] ?? [400, 'Bad Request']
  socket.end(rawError(status, phrase, phrase))
}
