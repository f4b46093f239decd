import type { FastifyRequest } from 'fastify'
import { readOverride } from '../../models/override.ts'
import { RequestError } from '../../protocol/errors.ts'
import { asObject, parseJson } from '../../protocol/json.ts'
import { joined } from '../../protocol/pieces.ts'
import { bodyOf } from '../body.ts'
import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'

const LOAD = '/v2/repository/models/:model/load'
const UNLOAD = '/v2/repository/models/:model/unload'

/** Loading and unloading, for the admin port: whoever may load a file decides what is run. */
export const controlRoutes: HttpPlugin = (app, { core, limits }) => {
  const parametersOf = (request: FastifyRequest) => {
    const body = bodyOf(request)
    if (body.length === 0) return {}
    const json = parseJson('request', joined(body), { maxDepth: limits.jsonDepth })
    return asObject('request: parameters', asObject('request', json).parameters ?? {})
  }
  addRoute(app, ['POST'], [LOAD], async (request) => {
    const { model } = request.params as { model: string }
    await core.load(model, readOverride(parametersOf(request)))
    return { name: model, load: true }
  })
  addRoute(app, ['POST'], [UNLOAD], async (request) => {
    const { model } = request.params as { model: string }
    const parameters = parametersOf(request)
    if (!['boolean', 'undefined'].includes(typeof parameters.unload_dependents)) {
      throw new RequestError('INVALID_ARGUMENT', {
        where: 'request: parameter unload_dependents',
        expected: 'must be true or false',
        given: parameters.unload_dependents,
      })
    }
    await core.unload(model)
    return { name: model, unload: true }
  })
}

/** The same addresses on the port for everybody: they say where to go. */
export const noControlRoutes: HttpPlugin = (app) => {
  addRoute(app, ['POST'], [LOAD, UNLOAD], async () => {
    throw new RequestError('FORBIDDEN', {
      where: 'repository',
      expected:
        'models are loaded and unloaded on the admin port, if the server was started with one',
    })
  })
}
