import type { Graph } from '../ir/index.ts'
import type { ChooseForm } from '../lower/forms.ts'
import { lower } from '../passes/lowering/lower.ts'
import { finishLowered, type OptimizeOptions, prepareToLower } from '../passes/optimize.ts'
import { type ChooseOptions, lowerWithMeasuredForms } from './choose-forms.ts'

/** The same as optimize(), with the forms that are quickest on this machine. */
export async function optimizeMeasured(
  graph: Graph,
  options: ChooseOptions,
  own: Omit<OptimizeOptions, 'choose'> = {},
): Promise<Graph> {
  const { target } = options
  prepareToLower(graph, target, own)
  const attempt = (choose: ChooseForm) => lower(graph, target, { choose, trains: own.trains })
  return finishLowered(await lowerWithMeasuredForms(attempt, options), target, own)
}
