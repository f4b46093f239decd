import { availableParallelism } from 'node:os'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { InferenceCore } from './core/inference-core.ts'
import type { RunOptions } from './core/served-version.ts'
import { createApp } from './http/app.ts'
import { defaultLimits, type Limits } from './http/limits.ts'
import type { HttpPlugin } from './http/plugin.ts'
import { healthRoutes } from './http/routes/health.ts'
import { inferRoutes } from './http/routes/infer.ts'
import { metadataRoutes } from './http/routes/metadata.ts'
import { repositoryRoutes } from './http/routes/repository.ts'
import { statisticsRoutes } from './http/routes/statistics.ts'
import { openRepository } from './models/repository.ts'

/** What to serve, and how. */
export interface ServerOptions extends Partial<RunOptions> {
  /** A model.onnx, the folder of a model in Triton's layout, or a folder of such folders. */
  readonly target: string
  /** Name of a single model; default: that of its configuration, file or folder. */
  readonly name?: string | undefined
  /** Default 127.0.0.1: nobody else reaches it. */
  readonly host?: string | undefined
  /** Default 8000; 0 takes a free one. */
  readonly port?: number | undefined
  /** `poll` follows changes of the files; default `none`. */
  readonly control?: 'none' | 'poll' | undefined
  /** How often files are looked at, in milliseconds; default 2 s. */
  readonly pollMs?: number | undefined
  /** No model is opened when that would take the process past so many bytes. */
  readonly memoryLimit?: number | undefined
  readonly limits?: Partial<Limits> | undefined
  /** What clients must send as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** Origins of pages that may call. */
  readonly cors?: readonly string[] | undefined
  /** Further routes, such as a page. */
  readonly plugins?: readonly HttpPlugin[] | undefined
  /** Default: pino on the standard error stream. */
  readonly log?: FastifyBaseLogger | undefined
  /** How long it still answers after it has said that it is not ready any more, in milliseconds; default 0. */
  readonly leaveDelayMs?: number | undefined
  /** How long requests under way may take before it ends without them, in milliseconds; default 30 s. */
  readonly leaveTimeoutMs?: number | undefined
}

/** A server. */
export interface Server {
  readonly core: InferenceCore
  /** For tests without a socket: `http.inject()`. */
  readonly http: FastifyInstance
  /** Listens, and tells where: `http://127.0.0.1:8000`. */
  listen(): Promise<{ readonly http: string }>
  /** Ends in good order: not ready, no new connections, requests under way answered. */
  close(): Promise<void>
}

const PROTOCOL: readonly HttpPlugin[] = [
  healthRoutes,
  metadataRoutes,
  inferRoutes,
  statisticsRoutes,
  repositoryRoutes,
]

/**
 * Opens and warms all models, and makes a server for them that does not listen yet.
 *
 * @throws ConfigError when there is no model at the target. A model that cannot be used is listed as unavailable.
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const log = options.log ?? pino({ name: 'ashlar' }, pino.destination(2))
  const limits = { ...defaultLimits, ...options.limits }
  const repository = await openRepository(options.target, options.name)
  const core = new InferenceCore(repository, {
    ...runOptions(options),
    memoryLimit: options.memoryLimit,
    log,
  })
  const http = await createApp({
    core,
    limits,
    log,
    token: options.token,
    cors: options.cors ?? [],
    plugins: [...PROTOCOL, ...(options.plugins ?? [])],
  })
  await core.manager.loadAll()
  const polling =
    options.control === 'poll'
      ? setInterval(() => void core.manager.poll(), options.pollMs ?? 2000)
      : undefined
  return {
    core,
    http,
    async listen() {
      const { host = '127.0.0.1', port = 8000 } = options
      return { http: await http.listen({ host, port }) }
    },
    async close() {
      clearInterval(polling)
      await leave(core, http, options)
    },
  }
}

function runOptions(options: ServerOptions): RunOptions {
  const cores = availableParallelism()
  const instances = options.instances ?? Math.min(2, cores)
  return {
    instances,
    threads: options.threads ?? Math.max(1, Math.floor(cores / instances)),
    maxDelayMs: options.maxDelayMs ?? 0,
    maxQueue: options.maxQueue ?? 512,
    timeoutMs: options.timeoutMs,
    maxBatch: options.maxBatch,
  }
}

async function leave(
  core: InferenceCore,
  http: FastifyInstance,
  { leaveDelayMs = 0, leaveTimeoutMs = 30_000 }: ServerOptions,
): Promise<void> {
  core.becomeUnready()
  if (leaveDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, leaveDelayMs))
  let late: NodeJS.Timeout | undefined
  const patience = new Promise((resolve) => {
    late = setTimeout(resolve, leaveTimeoutMs)
  })
  const closing = http.close()
  http.server.closeIdleConnections()
  await Promise.race([closing.then(() => core.drain()), patience])
  clearTimeout(late)
  http.server.closeAllConnections()
  await Promise.all([core.close(), closing])
}
