import type { VersionStatistics } from '../../core/inference-core.ts'
import { statisticsMessage } from '../../core/statistics-message.ts'
import type { HttpPlugin } from '../plugin.ts'
import { addRoute } from '../route.ts'
import { modelOf, modelUrls } from './model.ts'

/** Figures of requests and runs, since a model was first loaded. */
export const statisticsRoutes: HttpPlugin = (app, { core }) => {
  const answer = (all: readonly VersionStatistics[]) => ({
    model_stats: all.map(statisticsMessage),
  })
  addRoute(app, ['GET'], ['/v2/models/stats'], async () => answer(core.statistics()))
  addRoute(app, ['GET'], modelUrls('/stats'), async (request) => {
    const { model, version } = modelOf(request)
    return answer(core.statistics(model, version))
  })
}
