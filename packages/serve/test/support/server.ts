import { pino } from 'pino'
import { createServer, type Server, type ServerOptions } from '../../src/index.ts'
import { type Scratch, scratch } from './scratch.ts'

/** A server and what it stands on. */
export interface Started {
  readonly server: Server
  readonly folder: Scratch
  stop(): Promise<void>
}

/** A server for the files that `files` names, in a folder of its own. Without sockets: use {@link call}. */
export async function startServer(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ServerOptions> = {},
): Promise<Started> {
  const folder = scratch()
  try {
    for (const [name, contents] of Object.entries(files)) folder.write(name, contents)
    const server = await createServer({
      target: folder.path,
      port: 0,
      log: pino({ level: 'silent' }),
      instances: 1,
      threads: 1,
      // However slow the machine is.
      startPatienceMs: 300_000,
      loadTimeoutMs: 300_000,
      ...options,
    })
    const stop = async () => {
      await server.close()
      folder.remove()
    }
    return { server, folder, stop }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** The same for one test. */
export async function withServer(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ServerOptions>,
  body: (server: Server, folder: Scratch) => Promise<void>,
): Promise<void> {
  const { server, folder, stop } = await startServer(files, options)
  try {
    await body(server, folder)
  } finally {
    await stop()
  }
}

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  /** The JSON body. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly json: any
}

/** Calls a route. */
export async function call(
  { http }: Pick<Server, 'http'>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD',
  url: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const payload =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
      ? body
      : JSON.stringify(body)
  const response = await http.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload: payload as string }),
  })
  const isJson =
    /json/.test(String(response.headers['content-type'] ?? '')) &&
    response.headers['content-encoding'] === undefined
  const json = isJson && response.body !== '' ? JSON.parse(response.body) : undefined
  return {
    status: response.statusCode,
    headers: response.headers,
    bytes: response.rawPayload,
    json,
  }
}

/** A JSON header and binary data behind it, as one body. */
export function binaryBody(
  header: object,
  ...tensors: readonly (Uint8Array | Float32Array)[]
): { body: Buffer; headers: Record<string, string> } {
  const json = Buffer.from(JSON.stringify(header))
  const parts = tensors.map((t) => Buffer.from(t.buffer, t.byteOffset, t.byteLength))
  return {
    body: Buffer.concat([json, ...parts]),
    headers: { 'inference-header-content-length': String(json.length) },
  }
}

/** The floats of a buffer. */
export function floats(bytes: Uint8Array): number[] {
  return [...new Float32Array(new Uint8Array(bytes).buffer)]
}
