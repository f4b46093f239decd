import {
  adam,
  adamw,
  type Model,
  type Optimizer,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import type { OptimizerSpec } from '../declaration.ts'
import type { Work } from '../work.ts'
import { declarationOf } from '../works/index.ts'

/** The network of a work, built for samples of a shape and ready to be trained. */
export function modelOf(work: Work, inputShape: readonly number[], seed = 0): Model {
  const model = declarationOf(work.network).network(work.sizes, work.file)
  model.seed = seed
  model.build([null, ...inputShape])
  model.compile({
    optimizer: optimizers[work.optimizer.name](work.optimizer),
    loss: sparseCategoricalCrossentropy({ fromLogits: work.fromLogits }),
    metrics: ['accuracy'],
  })
  return model
}

const optimizers: Readonly<
  Record<OptimizerSpec['name'], (spec: Omit<OptimizerSpec, 'name'>) => Optimizer>
> = {
  adam: ({ learningRate }) => adam({ learningRate }),
  adamw: ({ learningRate, weightDecay = 0 }) => adamw({ learningRate, weightDecay }),
  sgd: ({ learningRate, momentum = 0 }) => sgd({ learningRate, momentum }),
}
