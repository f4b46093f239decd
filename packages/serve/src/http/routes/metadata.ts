import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'
import { modelOf, modelUrls } from './model.ts'

/** What the server is, what its models take and give, and whether they are ready. */
export const metadataRoutes: HttpPlugin = (app, { core }) => {
  addRoute(app, ['GET'], ['/v2', '/v2/'], async () => core.serverMetadata())
  addRoute(app, ['GET'], ['/v2/models'], async () => ({
    models: [...new Set(core.index(true).map(({ name }) => name))],
  }))
  addRoute(app, ['GET'], modelUrls(''), async (request) => {
    const { model, version } = modelOf(request)
    return core.modelMetadata(model, version)
  })
  addRoute(app, ['GET'], modelUrls('/ready'), async (request, reply) => {
    const { model, version } = modelOf(request)
    const ready = core.isModelReady(model, version)
    return reply.code(ready ? 200 : 400).send({ name: model, ready })
  })
  addRoute(app, ['GET'], modelUrls('/config'), async (request) => {
    const { model, version } = modelOf(request)
    return core.modelConfig(model, version)
  })
}
