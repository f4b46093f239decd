import {
  adam,
  adamw,
  type LearningRate,
  type Model,
  type Optimizer,
  oneCycle,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import type { OptimizerSpec } from '../declaration.ts'
import type { Work } from '../work.ts'
import { declarationOf } from '../works/index.ts'

/**
 * The network of a work, built for samples of a shape and ready to be trained.
 *
 * @param steps of its schedule, where it has one; left out, the rate stays as it is.
 */
export function modelOf(
  work: Work,
  inputShape: readonly number[],
  { seed = 0, steps }: { readonly seed?: number | undefined; readonly steps?: number } = {},
): Model {
  const model = declarationOf(work.network).network(work.sizes, work.file)
  model.seed = seed
  model.build([null, ...inputShape])
  const { name, schedule, learningRate, ...spec } = work.optimizer
  const isCycle = schedule === 'one-cycle' && steps !== undefined
  const rate = isCycle ? oneCycle({ max: learningRate, steps }) : learningRate
  model.compile({
    optimizer: optimizers[name]({ ...spec, learningRate: rate }),
    loss: sparseCategoricalCrossentropy({ fromLogits: work.fromLogits }),
    metrics: ['accuracy'],
  })
  return model
}

type Rated = Omit<OptimizerSpec, 'name' | 'schedule' | 'learningRate'> & {
  readonly learningRate: LearningRate
}

const optimizers: Readonly<Record<OptimizerSpec['name'], (spec: Rated) => Optimizer>> = {
  adam: ({ learningRate }) => adam({ learningRate }),
  adamw: ({ learningRate, weightDecay = 0 }) => adamw({ learningRate, weightDecay }),
  sgd: ({ learningRate, momentum = 0 }) => sgd({ learningRate, momentum }),
}
