import { corePlugins, type Loss, layers, Model, type Optimizer, type Plugin } from '@ashlar/core'
import { testPlugins } from '@ashlar/core/testing'
import { openContainer, Registry } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { nativePlugins } from '../../src/engine/tensorflow.ts'
import { whereInstalled } from './support/installed.ts'
import { classes, oneHot, sameSteps, sequences, smallOptions } from './support/training.ts'

const test = suite('training with every optimizer and loss: onnxruntime equals TensorFlow')
const check = await whereInstalled(test)

// What every engine must keep.
testPlugins(check as (name: string, run: () => Promise<void>) => unknown, nativePlugins, {})

const registry = new Registry().register(corePlugins, 'core')
const container = openContainer(registry, { seed: 5, folder: process.cwd() })

/** A little network on nine numbers with three classes. */
class Small extends Model {
  readonly hidden = layers.dense({ units: 7, activation: 'tanh' })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

/** The same classes at each of five steps. */
class SmallSteps extends Model {
  readonly hidden = layers.dense({ units: 20, activation: 'tanh' })
  readonly steps = layers.reshape({ targetShape: [5, 4] })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.steps.apply(this.hidden.apply(x)))
  }
}

for (const plugin of corePlugins as readonly Plugin[]) {
  const { kind, name } = plugin
  const create = <T>() =>
    container.create(kind, smallOptions(plugin) as never, name) as unknown as T
  if (kind === 'optimizer') {
    check(`optimizer ${name}`, () =>
      sameSteps(() => new Small(), { optimizer: create<Optimizer>() }),
    )
  } else if (kind === 'loss') {
    check(`loss ${name}`, () => {
      const loss = create<Loss>()
      if (loss.labels === 'sequence') {
        return sameSteps(() => new SmallSteps(), { loss, samples: sequences(8) })
      }
      const samples = loss.labels === 'indices' ? classes(8) : oneHot(classes(8))
      return sameSteps(() => new Small(), { loss, samples })
    })
  }
}

test.run()
