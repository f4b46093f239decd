import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'

/** Liveness and readiness. The status is the answer; the body repeats it for those who look at it. */
export const healthRoutes: HttpPlugin = (app, { core }) => {
  addRoute(app, ['GET'], ['/v2/health/live'], async () => ({ live: true }))
  addRoute(app, ['GET'], ['/v2/health/ready'], async (_request, reply) => {
    const ready = core.isReady()
    return reply.code(ready ? 200 : core.isLeaving() ? 503 : 400).send({ ready })
  })
}
