import type { Optimizer } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { ExperimentParts } from '@ashlar/experiment'

/**
 * The optimizer of an experiment that has one.
 *
 * @param command who asks.
 * @throws ConfigError for several by name.
 */
export function onlyOptimizer(
  { optimizer, model }: Pick<ExperimentParts, 'optimizer' | 'model'>,
  command: string,
): Optimizer {
  if (isOptimizer(optimizer)) return optimizer
  throw new ConfigError({
    where: `ashlar ${command}`,
    expected: `must be given an experiment of one optimizer, and ${model.getClassName()} has a step of its own with several`,
    given: Object.keys(optimizer).join(', '),
    hint: 'Train it for a few steps: ashlar run, with epochs=1 and dataset.limit.',
  })
}

function isOptimizer(given: ExperimentParts['optimizer']): given is Optimizer {
  return 'step' in given && typeof given.step === 'function'
}
