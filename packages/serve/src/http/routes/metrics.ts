import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'

/** What Prometheus reads. */
export const metricsRoutes: HttpPlugin = async (app, { core }) => {
  const { createMetrics } = await import('../../metrics.ts')
  const registry = createMetrics(core)
  addRoute(app, ['GET'], ['/metrics'], async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
