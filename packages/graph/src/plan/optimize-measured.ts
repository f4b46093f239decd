import type { Graph } from '../ir/index.ts'
import type { ChooseForm } from '../lower/forms.ts'
import { lower } from '../passes/lowering/lower.ts'
import { finishLowered, prepareToLower } from '../passes/optimize.ts'
import type { StateArranger } from '../passes/update-views.ts'
import { type ChooseOptions, lowerWithMeasuredForms } from './choose-forms.ts'

/** The same as optimize(), with the forms that are quickest on this machine. */
export async function optimizeMeasured(
  graph: Graph,
  options: ChooseOptions,
  store?: StateArranger,
): Promise<Graph> {
  const { target } = options
  prepareToLower(graph, target)
  const attempt = (choose: ChooseForm) => lower(graph, target, { choose })
  return finishLowered(await lowerWithMeasuredForms(attempt, options), target, store)
}
