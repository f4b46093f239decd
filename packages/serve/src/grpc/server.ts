import type { Http2Server } from 'node:http2'
import type { InferenceCore } from '../core/inference-core.ts'
import type { Log } from '../core/log.ts'
import { statisticsMessage } from '../core/statistics-message.ts'
import { isBearer, unauthenticated } from '../http/auth.ts'
import type { Budget } from '../http/budget.ts'
import { ownHosts, strangeHost } from '../http/host.ts'
import type { Limits } from '../http/limits.ts'
import { readOverride } from '../models/override.ts'
import { asRequestError, failures, RequestError } from '../protocol/errors.ts'
import { countCalls, noteSize } from './account.ts'
import {
  type ModelInferRequest,
  plainParameters,
  readInferRequest,
  writeInferResponse,
} from './convert.ts'
import { descriptor, type METHODS, STREAM } from './descriptor.ts'
import {
  fromJSON,
  type handleUnaryCall,
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type ServiceDefinition,
  type StatusObject,
  type UntypedServiceImplementation,
} from './library.ts'
import { streamInfer } from './stream.ts'

/** What a gRPC server is made of. */
export interface GrpcOptions {
  readonly core: InferenceCore
  readonly limits: Limits
  /** Of all bodies, those of HTTP among them. */
  readonly budget: Budget
  readonly log: Log
  /** What clients must send as `authorization: Bearer` in their metadata; health needs none. */
  readonly token: string | undefined
  /** Where it listens, and by which further names it may be called, as over HTTP. */
  readonly host: string
  readonly allowedHosts: readonly string[]
  /** Whether models may be loaded and unloaded. */
  readonly control: boolean
}

type Method = (typeof METHODS)[number]
type Call = ServerUnaryCall<never, object>
type Handler = (request: never, call: Call) => object | Promise<object>

/** Calls that anybody may make. */
const OPEN: readonly string[] = ['ServerLive', 'ServerReady']

/** Calls on one connection at the same time; further ones wait at their client. */
const MAX_CALLS = 256

/** How long a connection may stay without a call, in milliseconds. */
const IDLE_MS = 300_000

/** A gRPC server on the same core as HTTP's, which does not listen yet. */
export function createGrpcServer(options: GrpcOptions): Server {
  const { limits, budget, log, token } = options
  const isOwn = ownHosts(options.host, options.allowedHosts)
  const server = new Server({
    'grpc.max_receive_message_length': limits.bodyBytes,
    'grpc.max_metadata_size': limits.headerBytes,
    'grpc.max_concurrent_streams': MAX_CALLS,
    'grpc.max_connection_idle_ms': IDLE_MS,
    'grpc.keepalive_time_ms': limits.requestTimeoutMs,
    interceptors: [countCalls(budget, limits)],
  })
  const refuse = (error: unknown): Partial<StatusObject> => {
    const told = asRequestError(error)
    if (told.kind === 'INTERNAL') log.error({ err: told.cause ?? told }, told.message)
    return { code: failures[told.kind].grpc, details: told.message }
  }
  const checkHost = (call: { getHost(): string }) => {
    const host = call.getHost()
    if (!isOwn(host)) throw strangeHost(host)
  }
  const checkToken = (metadata: Metadata) => {
    const [given] = metadata.get('authorization')
    if (token !== undefined && !isBearer(given?.toString(), token)) throw unauthenticated()
  }
  const unary = Object.entries(handlersOf(options)).map(([name, handler]) => {
    const handle: handleUnaryCall<never, object> = (call, callback) => {
      const answer = async () => {
        checkHost(call)
        if (!OPEN.includes(name)) checkToken(call.metadata)
        return handler(call.request, call)
      }
      answer().then(
        (message) => callback(null, message),
        (error: unknown) => callback(refuse(error)),
      )
    }
    return [name, handle] as const
  })
  const stream = (call: ServerDuplexStream<ModelInferRequest, object>) => {
    try {
      checkHost(call)
      checkToken(call.metadata)
    } catch (error) {
      call.emit('error', { ...refuse(error), metadata: new Metadata() })
      return
    }
    streamInfer(options.core, call)
  }
  const implementation: UntypedServiceImplementation = {
    ...Object.fromEntries(unary),
    [STREAM]: stream,
  }
  server.addService(measured(serviceConstructor().service), implementation)
  return server
}

/** The service, for servers and for clients in tests. */
export function serviceConstructor(): ServiceClientConstructor {
  // 64-bit numbers come as text: JavaScript's numbers would round them.
  const definition = fromJSON(descriptor as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  })
  const { inference } = loadPackageDefinition(definition) as unknown as {
    inference: { GRPCInferenceService: ServiceClientConstructor }
  }
  return inference.GRPCInferenceService
}

/**
 * Listens; tells the port.
 *
 * @param connections at the same time; further ones are closed at once.
 */
export function bindGrpc(
  server: Server,
  host: string,
  port: number,
  connections: number,
): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error !== null) return reject(error)
      // There is no other way to them.
      const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> }
      for (const listener of http2Servers.keys()) listener.maxConnections = connections
      resolve(bound)
    })
  })
}

/** The service, which notes the size of each message that it reads. */
function measured(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer) =>
          noteSize(method.requestDeserialize(bytes) as object, bytes),
      },
    ]),
  )
}

interface Named {
  readonly name: string
  readonly version: string
}

function handlersOf({ core, control }: GrpcOptions): Record<Method, Handler> {
  const checkControl = () => {
    if (control) return
    throw new RequestError('FORBIDDEN', {
      where: 'repository',
      expected:
        'models are loaded and unloaded on the admin port, if the server was started with one',
    })
  }
  return {
    ServerLive: () => ({ live: true }),
    ServerReady: () => ({ ready: core.isReady() }),
    ModelReady: ({ name, version }: Named) => ({
      ready: core.isModelReady(name, version || undefined),
    }),
    ServerMetadata: () => core.serverMetadata(),
    ModelMetadata: ({ name, version }: Named) => core.modelMetadata(name, version || undefined),
    ModelConfig: ({ name, version }: Named) => ({
      config: core.modelConfig(name, version || undefined),
    }),
    ModelStatistics: ({ name, version }: Named) => ({
      model_stats: core.statistics(name || undefined, version || undefined).map(statisticsMessage),
    }),
    ModelInfer: async (request: ModelInferRequest, call) =>
      writeInferResponse(await core.infer(readInferRequest(request, () => call.cancelled))),
    RepositoryIndex: ({ ready }: { ready: boolean }) => ({ models: core.index(ready) }),
    RepositoryModelLoad: async ({ model_name, parameters }: LoadRequest) => {
      checkControl()
      await core.load(model_name, readOverride(base64Files(parameters)))
      return {}
    },
    RepositoryModelUnload: async ({ model_name }: LoadRequest) => {
      checkControl()
      await core.unload(model_name)
      return {}
    },
  }
}

interface LoadRequest {
  readonly model_name: string
  readonly parameters: Parameters<typeof plainParameters>[0]
}

/** Files come as bytes here, and as base64 over HTTP. */
function base64Files(parameters: LoadRequest['parameters']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(plainParameters(parameters)).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    ]),
  )
}
