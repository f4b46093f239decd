import type { Server as GrpcServer } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import type { InferenceCore } from './core/inference-core.ts'

/** What ends, and how long that may take. */
export interface Leaving {
  readonly http: readonly FastifyInstance[]
  readonly grpc: readonly GrpcServer[]
  /** How long it still answers after it has said that it is not ready any more. */
  readonly delayMs: number
  /** How long requests under way may take. */
  readonly timeoutMs: number
}

/**
 * Ends in good order: first it is not ready, so that whoever sends requests stops; then it takes no connections; then what is under way is
 * answered; then the threads end.
 */
export async function leave(core: InferenceCore, leaving: Leaving): Promise<void> {
  const { http, grpc, delayMs, timeoutMs } = leaving
  core.becomeUnready()
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  let late: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    late = setTimeout(resolve, timeoutMs)
  })
  const closing = Promise.all([...http.map((app) => app.close()), ...grpc.map(shutDown)])
  // Connections without a request would be waited for until they time out.
  for (const { server } of http) server.closeIdleConnections()
  await Promise.race([closing.then(() => core.drain()), patience])
  clearTimeout(late)
  for (const { server } of http) server.closeAllConnections()
  for (const server of grpc) server.forceShutdown()
  await Promise.all([core.close(), closing])
}

function shutDown(server: GrpcServer): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => resolve())
  })
}
