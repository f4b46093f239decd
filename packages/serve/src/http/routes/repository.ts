import { RequestError } from '../../protocol/errors.ts'
import { asObject, parseJson } from '../../protocol/json.ts'
import { joined } from '../../protocol/pieces.ts'
import { bodyOf } from '../body.ts'
import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'

/** The list of all models and their states. */
export const repositoryRoutes: HttpPlugin = (app, { core, limits }) => {
  addRoute(app, ['POST'], ['/v2/repository/index'], async (request) => {
    const body = bodyOf(request)
    if (body.length === 0) return core.index(false)
    const { ready = false } = asObject(
      'request',
      parseJson('request', joined(body), { maxDepth: limits.jsonDepth }),
    )
    if (typeof ready === 'boolean') return core.index(ready)
    throw new RequestError('INVALID_ARGUMENT', {
      where: 'request',
      expected: 'ready must be true or false',
      given: ready,
    })
  })
}
