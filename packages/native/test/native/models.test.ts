import { blockPlugins } from '@ashlar/blocks'
import { asModel, corePlugins, type Model, sgd } from '@ashlar/core'
import { openContainer, Registry } from '@ashlar/plugins'
import { sampled } from '@ashlar/test-support'
import type { LayersModel } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { whereInstalled } from './support/installed.ts'
import { triedNetworks } from './support/networks.ts'
import { noise, sameSteps } from './support/training.ts'

const test = suite('a training step of every block and model: onnxruntime equals TensorFlow')
const check = sampled(3, await whereInstalled(test))

const registry = new Registry()
  .register(blockPlugins, '@ashlar/blocks')
  .register(corePlugins, 'core')
const container = openContainer(registry, { seed: 5, folder: process.cwd() })

/** Batch norm over few numbers magnifies rounding: models have planes of one pixel. */
const SAMPLES = { block: 4, model: 8 } as const

/**
 * Batches that a network is tried on. A ReLU whose input lies within rounding of zero may be on for one engine and off for another, which deep
 * networks carry on to all layers before; that happens with some batches, a wrong derivative shows with all.
 */
const TRIES = 4

for (const { title, plugin, options, inputShape, vocabulary } of triedNetworks()) {
  const kind = plugin.kind as keyof typeof SAMPLES
  const make = () => asModel(container.create(kind, options, title) as Model | LayersModel)
  check(title, async () => {
    for (let tried = 1; ; tried += 1) {
      const samples = noise(SAMPLES[kind], inputShape, `batch ${tried}`, vocabulary)
      try {
        const optimizer = sgd({ learningRate: 0.01 })
        return await sameSteps(make, { samples, optimizer, steps: 1 })
      } catch (error) {
        if (tried === TRIES) throw error
      }
    }
  })
}

test.run()
