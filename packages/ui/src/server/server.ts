import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AshlarError, ConfigError, EngineError } from '@ashlar/errors'
import { noRuns } from '@ashlar/experiment/runs'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { browserScript, chartStyle } from '../assets/browser-files.ts'
import { style } from '../assets/style.ts'
import { guard, inAddress, newToken, requireLoopback } from './access.ts'
import { addApi } from './api.ts'
import type { UiOptions } from './options.ts'
import { Watch } from './watch.ts'

/** A page that is served. */
export interface Ui {
  /** With the token: who opens it is let in. */
  readonly address: string
  readonly port: number
  readonly token: string
  /** Settles when somebody has come in by the address. */
  readonly entered: Promise<void>
  close(): Promise<void>
}

/** The page loads nothing from anywhere else and runs no script but its own. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** More than any note has. */
const LARGEST_BODY = 2 ** 20

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Runs</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script src="/app.js" defer></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript. ashlar runs shows runs in the terminal.</noscript>
</body>
</html>
`

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><title>Ashlar</title><rect x="1" y="9" width="6" height="6" fill="#4a7"/><rect x="9" y="9" width="6" height="6" fill="#295"/><rect x="5" y="1" width="6" height="6" fill="#6b9"/></svg>'

/**
 * Serves a folder of runs as a page, to this machine alone, to whoever has the token.
 *
 * @throws ConfigError for an address that others could reach; DataError for a folder that is none; EngineError for a port that is another's.
 * @example const { address } = await startUi({ folder: 'runs' })
 */
export async function startUi(options: UiOptions): Promise<Ui> {
  const { host = '127.0.0.1', port = 0, token = newToken(), everyMs = 1000 } = options
  requireLoopback(host)
  const folder = resolve(options.folder)
  await readdir(folder).catch((cause: Error) => {
    throw noRuns(options.folder, cause, 'ashlar ui FOLDER')
  })
  const app = Fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    // A name of a run may be as long as a file's may be.
    routerOptions: { maxParamLength: 1000 },
    forceCloseConnections: true,
  })
  // A form of another page can send text.
  app.removeContentTypeParser('text/plain')
  const watch = new Watch(folder, everyMs)
  const entered = new Promise<void>((resolve) => guard(app, token, host, resolve))
  app.addHook('onSend', async (_, reply) => {
    reply.headers(HEADERS)
  })
  app.setErrorHandler((error, _, reply) => answerError(error, reply))
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
  await addFiles(app)
  addApi(app, folder)
  addEvents(app, watch)
  await app.listen({ host, port }).catch((error: unknown) => {
    throw occupied(error, host, port)
  })
  // What looking at a run needs is loaded before somebody does.
  void import('@ashlar/experiment').catch(() => undefined)
  const address = app.server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    address: `http://${inAddress(host)}:${taken}/?token=${token}`,
    port: taken,
    token,
    entered,
    async close() {
      watch.close()
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

async function addFiles(app: FastifyInstance): Promise<void> {
  const files: readonly [path: string, type: string, text: () => Promise<string> | string][] = [
    ['/', 'text/html; charset=utf-8', () => PAGE],
    ['/app.js', 'text/javascript; charset=utf-8', () => browserScript('app')],
    ['/style.css', 'text/css; charset=utf-8', () => `${chartStyle()}\n${style}`],
    ['/icon.svg', 'image/svg+xml', () => ICON],
  ]
  for (const [path, type, text] of files) {
    app.get(path, async (_, reply) => reply.type(type).send(await text()))
  }
}

/** Server-sent events: what changed, and how busy the machine is. */
function addEvents(app: FastifyInstance, watch: Watch): void {
  app.get('/api/events', (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
    raw.write('retry: 2000\n\n')
    const end = watch.listen((changes) => {
      // Who does not read is not waited for: the next look says what matters again.
      if (!raw.writableNeedDrain) raw.write(`data: ${JSON.stringify(changes)}\n\n`)
    })
    request.raw.socket.on('close', end)
  })
}

function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof AshlarError) {
    const code = error instanceof ConfigError ? 400 : 404
    return reply.code(code).send({ error: error.message })
  }
  const { statusCode, message } = error as { statusCode?: number; message: string }
  const isTheirs = statusCode !== undefined && statusCode < 500
  return reply.code(isTheirs ? statusCode : 500).send({ error: message })
}

/** What to do about a port that is another's. */
function occupied(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new EngineError({
      where: `${host}:${port}`,
      expected: 'the port must be free, and something listens there already',
      hint: `Take another: --port ${port === 65_535 ? port - 1 : port + 1}; or a free one: leave --port out.`,
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new EngineError({
      where: `${host}:${port}`,
      expected: 'the port must be one that this user may take',
      hint: 'Those below 1024 need rights: leave --port out for a free one.',
      cause: error,
    })
  }
  return error
}
