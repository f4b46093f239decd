import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pictureConverter, pictureExtensions } from '@ashlar/datasets/raw'
import { ConfigError, DataError, EngineError } from '@ashlar/errors'
import { isRun, openRun, parseYaml, type RunFolder, readText, runFiles } from '@ashlar/experiment'
import { servePage } from '@ashlar/page'
import {
  type Addresses,
  createServer,
  type HttpPlugin,
  MODEL_NAME,
  modelNameOf,
  type PortName,
  type Server,
  type ServerOptions,
  TakenPortError,
} from '@ashlar/serve'
import { pino } from 'pino'
import { formatPath } from '../terminal/format.ts'
import { aborted, listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { readableLog } from '../terminal/readable-log.ts'
import { exportedFile } from './exported-file.ts'
import { isFile } from './is-file.ts'
import { lookedAt, noticeAsked } from './looked-at.ts'
import { describePage } from './page.ts'

/** What the command line says of a server. */
export interface ServeFlags {
  readonly name?: string
  readonly host?: string
  readonly port?: number
  readonly grpcPort?: number
  readonly metricsPort?: number
  readonly adminPort?: number
  readonly adminGrpcPort?: number
  readonly adminToken?: string
  readonly load?: readonly string[]
  readonly memoryLimit?: number
  readonly tracing?: true
  readonly token?: string
  readonly cors?: readonly string[]
  readonly logLevel?: string
  readonly watch?: true
  readonly instances?: number
  readonly threads?: number
  readonly maxBatch?: number
  readonly maxDelay?: number
  readonly maxQueue?: number
  readonly timeout?: number
  readonly leaveDelay?: number
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: true
  readonly leaveTimeout?: number
  readonly loadTimeout?: number
  readonly allowedHosts?: readonly string[]
}

/** What is where, in words of one width. */
const LABELS: Readonly<Record<keyof Addresses, string>> = {
  http: 'serving  ',
  grpc: 'gRPC     ',
  metrics: 'metrics  ',
  admin: 'admin    ',
  adminGrpc: 'admin gRPC',
}

/**
 * Serves until it is asked to stop (Ctrl-C or SIGTERM), then answers what is under way and ends.
 *
 * @throws DataError when a model cannot be used; ConfigError when there is none.
 */
export async function serve(path: string, flags: ServeFlags, output: Output): Promise<void> {
  const model = await findModel(path, flags.trust ?? false, output)
  const { target, name } = model
  // Machines read JSON, and people on a terminal do not.
  const destination = process.stderr.isTTY ? readableLog(process.stderr) : pino.destination(2)
  const log = pino({ name: 'ashlar', level: flags.logLevel ?? 'info' }, destination)
  const interruption = listenForInterruption({
    told() {
      output.notice('answering what is under way (Ctrl-C again ends at once)')
      endLater(flags)
    },
  })
  try {
    const server = await createServer({
      ...options(flags),
      target,
      name: flags.name ?? name,
      plugins: await pageOf(model, flags),
      log,
      signal: interruption.signal,
    }).catch((error: unknown) => {
      throw missing(path, error)
    })
    try {
      const models = server.core.index(false)
      checkModels(path, models)
      const addresses = await server.listen().catch((error: unknown) => {
        throw otherPort(error, flags)
      })
      for (const { name: model, version, state, reason } of models) {
        const which = version === '' ? model : `${model} version ${version}`
        output.line(`model     ${which}: ${state}${reason && `, ${reason}`}`)
      }
      for (const [name, address] of Object.entries(addresses)) {
        output.line(`${LABELS[name as keyof Addresses]} ${address}`)
      }
      output.result({ ...addresses, models })
      await aborted(interruption.signal)
    } finally {
      await server.close()
    }
  } finally {
    interruption.end()
  }
}

/** A path where nothing is, is no wrong usage. */
function missing(path: string, error: unknown): unknown {
  if (!(error instanceof ConfigError) || error.where !== path || existsSync(path)) return error
  return new DataError({
    where: path,
    expected: "must be a run, an ONNX file, or a folder in Triton's layout: MODEL/1/model.onnx",
    hint: 'There is nothing at this path.',
    cause: error,
  })
}

/** The options that say at which port what is served. */
const PORT_OPTIONS = {
  http: { option: '--port', flag: 'port' },
  grpc: { option: '--grpc-port', flag: 'grpcPort' },
  metrics: { option: '--metrics-port', flag: 'metricsPort' },
  admin: { option: '--admin-port', flag: 'adminPort' },
  adminGrpc: { option: '--admin-grpc-port', flag: 'adminGrpcPort' },
} as const satisfies Readonly<Record<PortName, { option: string; flag: keyof ServeFlags }>>

/** What to type about a port that cannot be had. */
function otherPort(error: unknown, flags: ServeFlags): unknown {
  if (!(error instanceof TakenPortError)) return error
  const { option } = PORT_OPTIONS[error.of]
  const others = Object.values(PORT_OPTIONS).map(({ flag }) => flags[flag])
  let next = Math.max(error.port, 1023) + 1
  while (others.includes(next)) next++
  const another = next > 65_535 ? '' : `Take another: ${option} ${next}; or a`
  return new EngineError({
    where: error.where,
    expected: error.expected,
    hint: `${another === '' ? 'Take a' : another} free one: ${option} 0.`,
    cause: error,
  })
}

/** How long it may take to end beyond the time that requests under way have, in milliseconds. */
const ENDING_MS = 5000

/** Whatever still keeps this process alive then (an SDK for tracing, somebody's plugin): it was told to end. */
function endLater({ leaveDelay = 0, leaveTimeout = 30_000 }: ServeFlags): void {
  setTimeout(() => process.exit(), leaveDelay + leaveTimeout + ENDING_MS).unref()
}

/** A server whose every model is broken is of no use to anybody; one of several is told, and may be repaired. */
function checkModels(path: string, models: ReturnType<Server['core']['index']>): void {
  const [first] = models
  if (first === undefined || models.some(({ state }) => state !== 'UNAVAILABLE')) return
  throw new DataError({ where: path, expected: 'its model must be usable', hint: first.reason })
}

function options(flags: ServeFlags): Omit<ServerOptions, 'target' | 'name' | 'log' | 'plugins'> {
  return {
    host: flags.host,
    port: flags.port,
    token: flags.token ?? process.env.ASHLAR_TOKEN,
    cors: flags.cors,
    grpcPort: flags.grpcPort,
    metricsPort: flags.metricsPort,
    adminPort: flags.adminPort,
    adminGrpcPort: flags.adminGrpcPort,
    adminToken: flags.adminToken ?? process.env.ASHLAR_ADMIN_TOKEN,
    load: flags.load,
    memoryLimit: flags.memoryLimit === undefined ? undefined : flags.memoryLimit * 1e6,
    tracing: flags.tracing,
    control: controlOf(flags),
    maxBatch: flags.maxBatch,
    timeoutMs: flags.timeout,
    leaveDelayMs: flags.leaveDelay,
    leaveTimeoutMs: flags.leaveTimeout,
    allowedHosts: flags.allowedHosts,
    ...(flags.loadTimeout === undefined ? {} : { loadTimeoutMs: flags.loadTimeout }),
    ...(flags.instances === undefined ? {} : { instances: flags.instances }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(flags.maxDelay === undefined ? {} : { maxDelayMs: flags.maxDelay }),
    ...(flags.maxQueue === undefined ? {} : { maxQueue: flags.maxQueue }),
  }
}

/** What is to be served. */
interface FoundModel {
  readonly target: string
  readonly name?: string | undefined
  readonly run?: RunFolder
}

function controlOf({ watch, adminPort, adminGrpcPort }: ServeFlags): ServerOptions['control'] {
  const isAdmin = adminPort !== undefined || adminGrpcPort !== undefined
  if (watch && isAdmin) {
    throw new ConfigError({
      where: 'ashlar serve',
      expected: '--watch and an admin port exclude each other: either files or clients decide',
    })
  }
  return watch ? 'poll' : isAdmin ? 'explicit' : 'none'
}

/** The exported file of a run, which bears the experiment's name; or what the server makes of the path. */
async function findModel(path: string, trust: boolean, output: Output): Promise<FoundModel> {
  if (!(await isRun(path))) {
    return { target: path, name: (await isFile(path)) ? await modelNameOf(path) : undefined }
  }
  const run = await openRun(path)
  const target = await exportedFile(run, 'onnx')
  // A link may lead to a file that is nobody else's business, and whose contents would be served: then this throws.
  const looked = await lookedAt({ path, trust, parts: ['dataset'] })
  if (looked !== undefined) noticeAsked(formatPath(run.path), looked.asked, output)
  const config: unknown = parseYaml(await readText(run.file(runFiles.config)), runFiles.config)
  const { name } = (config ?? {}) as { name?: unknown }
  return { target, name: isName(name) ? name : await modelNameOf(target), run }
}

/** What another's config says may be anything. */
function isName(name: unknown): name is string {
  return typeof name === 'string' && MODEL_NAME.test(name)
}

/** The page of a single model. A browser has no token to send, so a server that asks for one has no page. */
async function pageOf({ target, name, run }: FoundModel, flags: ServeFlags): Promise<HttpPlugin[]> {
  const token = flags.token ?? process.env.ASHLAR_TOKEN
  if (token !== undefined || !(await isFile(target))) return []
  const converter = pictureConverter()
  const options = await describePage({
    file: resolve(target),
    name: flags.name ?? name,
    run,
    trust: flags.trust,
    convert: { run: converter, hasRoom: converter.hasRoom, endings: pictureExtensions },
  })
  return [
    async (app) => {
      await app.register(servePage, options)
    },
  ]
}
