import { availableParallelism } from 'node:os'
import { ConfigError } from '@ashlar/errors'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { InferenceCore } from './core/inference-core.ts'
import type { RunOptions } from './core/served-version.ts'
import type { Server as GrpcServer } from './grpc/library.ts'
import type { GrpcOptions } from './grpc/server.ts'
import { createApp } from './http/app.ts'
import { checkToken } from './http/auth.ts'
import { Budget } from './http/budget.ts'
import { defaultLimits, type Limits } from './http/limits.ts'
import { Connections } from './http/linger.ts'
import type { HttpPlugin } from './http/plugin.ts'
import { controlRoutes, noControlRoutes } from './http/routes/control.ts'
import { healthRoutes } from './http/routes/health.ts'
import { inferRoutes } from './http/routes/infer.ts'
import { metadataRoutes } from './http/routes/metadata.ts'
import { metricsRoutes } from './http/routes/metrics.ts'
import { repositoryRoutes } from './http/routes/repository.ts'
import { statisticsRoutes } from './http/routes/statistics.ts'
import { leave } from './leave.ts'
import { bounds } from './models/config.ts'
import { openRepository } from './models/repository.ts'
import { listening, type PortName } from './taken-port.ts'
import { tracing } from './tracing.ts'

/** What to serve, and how. */
export interface ServerOptions extends Partial<RunOptions> {
  /** A model.onnx, the folder of a model in Triton's layout, or a folder of such folders. */
  readonly target: string
  /** Name of a single model; default: that of its configuration, file or folder. */
  readonly name?: string | undefined
  /** Default 127.0.0.1: nobody else reaches it. */
  readonly host?: string | undefined
  /** Of HTTP; default 8000; 0 takes a free one. */
  readonly port?: number | undefined
  /** Of gRPC, on the same host; by default there is none. */
  readonly grpcPort?: number | undefined
  /** Of /metrics for Prometheus, on the same host; by default there is none. */
  readonly metricsPort?: number | undefined
  /** Where models can be loaded and unloaded over HTTP; only this machine reaches it. It goes with `control: 'explicit'`. */
  readonly adminPort?: number | undefined
  /** The same over gRPC. */
  readonly adminGrpcPort?: number | undefined
  /** What clients of the admin ports must send as `Authorization: Bearer`. */
  readonly adminToken?: string | undefined
  /** `poll` follows changes of the files, `explicit` opens admin ports; default `none`. */
  readonly control?: 'none' | 'poll' | 'explicit' | undefined
  /** Models to load at start; default all. */
  readonly load?: readonly string[] | undefined
  /** How often files are looked at, in milliseconds; default 2 s. */
  readonly pollMs?: number | undefined
  /** No model is opened when that would take the process past so many bytes. */
  readonly memoryLimit?: number | undefined
  readonly limits?: Partial<Limits> | undefined
  /** What clients must send as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** Origins of pages that may call. */
  readonly cors?: readonly string[] | undefined
  /**
   * Names that the server may be called by beside localhost and its address, without a port; `*` for any. A server that only this machine reaches refuses all other
   * names; one that others reach looks at names only when some are given here.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** A span of OpenTelemetry for every request for inference; needs @opentelemetry/api. */
  readonly tracing?: boolean | undefined
  /** Further routes, such as a page. */
  readonly plugins?: readonly HttpPlugin[] | undefined
  /** Default: pino on the standard error stream. */
  readonly log?: FastifyBaseLogger | undefined
  /** Gives up waiting for models that are still loading: the server is about to be closed. */
  readonly signal?: AbortSignal | undefined
  /** How long it still answers after it has said that it is not ready any more, in milliseconds; default 0. */
  readonly leaveDelayMs?: number | undefined
  /**
   * How long the server waits for models that are still loading once another is ready, in milliseconds; default 10 s. Then it answers for those that are ready, and
   * the others follow.
   */
  readonly startPatienceMs?: number | undefined
  /** How long requests under way may take before it ends without them, in milliseconds; default 30 s. */
  readonly leaveTimeoutMs?: number | undefined
}

/** Where a server listens. */
export interface Addresses {
  /** `http://127.0.0.1:8000` */
  readonly http: string
  /** `127.0.0.1:8001` */
  readonly grpc?: string
  readonly metrics?: string
  readonly admin?: string
  readonly adminGrpc?: string
}

/** A server. */
export interface Server {
  readonly core: InferenceCore
  /** For tests without a socket: `http.inject()`. */
  readonly http: FastifyInstance
  /** The admin port's, when there is one. */
  readonly admin: FastifyInstance | undefined
  /** What it answers over HTTP to everybody. */
  readonly routes: readonly HttpPlugin[]
  /**
   * Listens, and tells where.
   *
   * @throws TakenPortError for a port that is another's, or that this user may not take.
   */
  listen(): Promise<Addresses>
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

const ADMIN: readonly HttpPlugin[] = [
  healthRoutes,
  metadataRoutes,
  statisticsRoutes,
  repositoryRoutes,
  controlRoutes,
  metricsRoutes,
]

const LOOPBACK = '127.0.0.1'

/**
 * Opens and warms all models, and makes a server for them that does not listen yet.
 *
 * @throws ConfigError when there is no model at the target, or the options do not go together. A model that cannot be used is listed as
 * unavailable.
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  checkOptions(options)
  const log = options.log ?? pino({ name: 'ashlar' }, pino.destination(2))
  const limits = { ...defaultLimits, ...options.limits }
  const { token, adminToken, host = LOOPBACK, allowedHosts = [] } = options
  const leaveTimeoutMs = options.leaveTimeoutMs ?? 30_000
  const core = new InferenceCore(await openRepository(options.target, options.name), {
    ...runOptions(options),
    memoryLimit: options.memoryLimit,
    drainTimeoutMs: leaveTimeoutMs,
    log,
  })
  const budget = new Budget(limits.pendingBytes)
  const app = (plugins: readonly HttpPlugin[], own: string | undefined, at = host) =>
    createApp({
      ...{ core, limits, log, budget, plugins, token: own, host: at },
      cors: options.cors ?? [],
      allowedHosts,
    })
  const routes = [
    ...(options.tracing ? [tracing] : []),
    ...PROTOCOL,
    noControlRoutes,
    ...(options.plugins ?? []),
  ]
  const http = await app(routes, token)
  const metrics = await present(options.metricsPort, () => app([metricsRoutes], undefined))
  const admin = await present(options.adminPort, () => app(ADMIN, adminToken, LOOPBACK))
  const grpc = await present(options.grpcPort, () =>
    grpcServer({ core, limits, budget, log, host, allowedHosts, token, control: false }),
  )
  const adminGrpc = await present(options.adminGrpcPort, () =>
    grpcServer({
      ...{ core, limits, budget, log, host: LOOPBACK, allowedHosts },
      token: adminToken,
      control: true,
    }),
  )
  const apps = [http, metrics, admin].filter((each) => each !== undefined)
  const connections = apps.map(({ server }) => new Connections(server))
  await loaded(core, options)
  const poll = () =>
    core.manager
      .poll()
      .catch((error: Error) => log.error({ err: error }, 'the models could not be looked at'))
  const polling =
    options.control === 'poll' ? setInterval(() => void poll(), options.pollMs ?? 2000) : undefined
  return {
    core,
    http,
    admin,
    routes,
    async listen() {
      return {
        http: await listenHttp('http', http, { host, port: options.port ?? 8000 }),
        ...(await addressOf('metrics', metrics, host, options.metricsPort)),
        ...(await addressOf('admin', admin, LOOPBACK, options.adminPort)),
        ...(await grpcAddressOf('grpc', grpc, host, options.grpcPort, limits)),
        ...(await grpcAddressOf('adminGrpc', adminGrpc, LOOPBACK, options.adminGrpcPort, limits)),
      }
    },
    async close() {
      clearInterval(polling)
      await leave(core, {
        http: apps,
        connections,
        grpc: [grpc, adminGrpc].filter((each) => each !== undefined),
        delayMs: options.leaveDelayMs ?? 0,
        timeoutMs: leaveTimeoutMs,
      })
    },
  }
}

function checkOptions(options: ServerOptions): void {
  checkControl(options)
  checkToken('token', options.token)
  checkToken('adminToken', options.adminToken)
  for (const [name, most] of [
    ['instances', bounds.instances],
    ['threads', bounds.threads],
    ['maxBatch', bounds.maxBatch],
    ['maxQueue', bounds.queue],
    ['maxDelayMs', bounds.delayMs],
  ] as const) {
    const value = options[name]
    if (value === undefined || (value >= 0 && value <= most)) continue
    throw new ConfigError({
      where: `serve: ${name}`,
      expected: `must be a number from 0 to ${most}`,
      given: value,
    })
  }
}

/** How often it is looked, after the patience has ended, whether a first model is ready. */
const LOOK_MS = 20

/** Waits for all models; for those that take long only until others are ready. */
async function loaded(core: InferenceCore, options: ServerOptions): Promise<void> {
  let isDone = false
  const loading = core.manager.loadAll(options.load).finally(() => {
    isDone = true
  })
  const { signal, startPatienceMs = 10_000 } = options
  const given = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
  const pause = (ms: number) =>
    Promise.race([loading, given, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())])
  await pause(startPatienceMs)
  while (!isDone && !signal?.aborted && !core.manager.catalog.hasReady()) await pause(LOOK_MS)
}

/** Who can load a model decides what is run here: that needs a token. */
function checkControl({ control, adminPort, adminGrpcPort, adminToken }: ServerOptions): void {
  const hasPort = adminPort !== undefined || adminGrpcPort !== undefined
  if ((control === 'explicit') !== hasPort) {
    throw new ConfigError({
      where: 'serve',
      expected: 'control "explicit" and an admin port must go together',
      given: { control, adminPort, adminGrpcPort },
    })
  }
  if (hasPort && !adminToken) {
    throw new ConfigError({ where: 'serve', expected: 'an admin port must have an admin token' })
  }
}

async function present<T>(
  port: number | undefined,
  make: () => T | Promise<T>,
): Promise<T | undefined> {
  return port === undefined ? undefined : make()
}

async function addressOf(
  name: 'metrics' | 'admin',
  app: FastifyInstance | undefined,
  host: string,
  port: number | undefined,
): Promise<Partial<Addresses>> {
  if (app === undefined || port === undefined) return {}
  return { [name]: await listenHttp(name, app, { host, port }) }
}

function listenHttp(
  name: PortName,
  app: FastifyInstance,
  place: { readonly host: string; readonly port: number },
): Promise<string> {
  return listening(name, place, () => app.listen(place))
}

async function grpcAddressOf(
  name: 'grpc' | 'adminGrpc',
  server: GrpcServer | undefined,
  host: string,
  port: number | undefined,
  { connections }: Limits,
): Promise<Partial<Addresses>> {
  if (server === undefined || port === undefined) return {}
  const { bindGrpc } = await import('./grpc/server.ts')
  const bound = await listening(name, { host, port }, () =>
    bindGrpc(server, host, port, connections),
  )
  return { [name]: `${host}:${bound}` }
}

/** Loaded where it is wanted: what lies in memory unused is gone through at every collection of garbage. */
async function grpcServer(options: GrpcOptions): Promise<GrpcServer> {
  const { createGrpcServer } = await import('./grpc/server.ts')
  return createGrpcServer(options)
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
    loadTimeoutMs: options.loadTimeoutMs ?? 60_000,
  }
}
