import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { InferenceCore } from './core/inference-core.ts'
import type { Server as GrpcServer } from './grpc/library.ts'
import type { Connections } from './http/linger.ts'

/** What ends, and how long that may take. */
export interface Leaving {
  readonly http: readonly FastifyInstance[]
  /** Of all HTTP servers. */
  readonly connections: readonly Connections[]
  readonly grpc: readonly GrpcServer[]
  /** How long it still answers after it has said that it is not ready any more. */
  readonly delayMs: number
  /** How long requests under way may take. */
  readonly timeoutMs: number
}

/** A pause that keeps nobody from ending. */
const UNHELD = { ref: false }

/** How long it may take to close what has nothing left to do, in milliseconds. */
const CLOSING_MS = 2000

/**
 * Ends in good order: first it is not ready, so that whoever sends requests stops; then it takes no connections; then what is under way is
 * answered; then the processes of the sessions end. What hangs is ended when the time is up.
 */
export async function leave(core: InferenceCore, leaving: Leaving): Promise<void> {
  const { http, grpc, delayMs, timeoutMs } = leaving
  core.becomeUnready()
  if (delayMs > 0) await pause(delayMs, undefined, UNHELD)
  let closing: Promise<unknown> = Promise.resolve()
  const inOrder = async () => {
    await Promise.all(leaving.connections.map((each) => each.endIdle()))
    closing = Promise.all([...http.map((app) => app.close()), ...grpc.map(shutDown)])
    // Connections that came meanwhile would be waited for until they time out.
    for (const { server } of http) server.closeIdleConnections()
    await closing
    await core.drain()
  }
  await Promise.race([inOrder(), pause(timeoutMs, undefined, UNHELD)])
  for (const { server } of http) server.closeAllConnections()
  for (const server of grpc) server.forceShutdown()
  await Promise.race([Promise.all([core.close(), closing]), pause(CLOSING_MS, undefined, UNHELD)])
}

function shutDown(server: GrpcServer): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => resolve())
  })
}
