import type { FastifyInstance } from 'fastify'
import type { InferenceCore } from '../core/inference-core.ts'
import type { Limits } from './limits.ts'

/** What routes are given to answer with. */
export interface HttpContext {
  readonly core: InferenceCore
  readonly limits: Limits
}

/**
 * Adds routes to the server. Everything that it answers over HTTP is such a plugin: the protocol, metrics, a page.
 * It runs before the server listens; errors that its handlers throw become JSON `{"error": ...}`.
 */
export type HttpPlugin = (app: FastifyInstance, context: HttpContext) => void | Promise<void>
