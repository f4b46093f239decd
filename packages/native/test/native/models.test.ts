import { blocks } from '@ashlar/blocks'
import { asModel, corePlugins, type Model, openContainer, Registry, sgd } from '@ashlar/core'
import type { LayersModel } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { whereInstalled } from './support/installed.ts'
import { noise, sameSteps, smallOptions } from './support/training.ts'

const test = suite('a training step of every block and model: onnxruntime equals TensorFlow')
const check = await whereInstalled(test)

const registry = new Registry().register(blocks, '@ashlar/blocks').register(corePlugins, 'core')
const container = openContainer(registry, { seed: 5, folder: process.cwd() })

/** One sample; a block has as many channels as it makes. */
const INPUT_SHAPES = { block: [6, 6, 4], model: [28, 28, 1] } as const

/** Blocks that are wider than their option says. */
const WIDER: Readonly<Record<string, readonly number[]>> = { bottleneck: [6, 6, 16] }

for (const plugin of blocks) {
  const { kind, name } = plugin
  check(`${kind} ${name}`, () =>
    sameSteps(
      () => asModel(container.create(kind, smallOptions(plugin), name) as Model | LayersModel),
      {
        samples: noise(4, WIDER[name] ?? INPUT_SHAPES[kind]),
        optimizer: sgd({ learningRate: 0.01 }),
        steps: 1,
      },
    ),
  )
}

test.run()
