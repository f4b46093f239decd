import {
  corePlugins,
  type Dataset,
  fromData,
  infoOfFields,
  layers,
  Model,
  type TargetScale,
} from '@ashlar/core'
import { definePlugin, openContainer, type Plugin, Registry } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { designExperiment, resolveExperiment, type Trained } from '../../src/index.ts'

const test = suite('models of runs')

class Net extends Model {
  readonly head = layers.dense({ units: 1 })
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

const OWN: TargetScale = { mean: [1000], std: [10] }
const OTHER: TargetScale = { mean: [-5], std: [99] }

const given: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'data',
  description: 'A category and a number.',
  options: z.strictObject({}),
  create: (): Dataset => ({
    info: {
      ...infoOfFields({
        inputs: {
          town: { shape: [1], dtype: 'int32', range: [0, 6] },
          numbers: { shape: [2], dtype: 'float32' },
        },
        output: { shape: [], dtype: 'float32' },
      }),
      ...{ name: 'data', licence: 'none', source: 'made up', targetScale: OTHER },
    },
    load: () => Promise.reject(new Error('nothing is loaded')),
  }),
})

test('a trained model is told where its own numbers lie, and everything else of the data at hand', async () => {
  let told: unknown
  const scale = z.object({ mean: z.array(z.number()), std: z.array(z.number()) })
  const asked: Plugin<'model'> = definePlugin({
    kind: 'model',
    name: 'asked',
    description: 'A dense layer that keeps what it is told.',
    options: z.strictObject({
      categories: fromData(z.record(z.string(), z.int()), 'categories').describe('Sizes.'),
      scale: fromData(scale, 'targetScale').describe('Where.'),
    }),
    create(options) {
      told = { ...options }
      return new Net()
    },
  })
  const registry = new Registry().register(corePlugins, 'core').register([asked, given], 'tests')
  const input = { name: 'x', model: 'asked', dataset: 'data' }
  const { experiment } = await resolveExperiment(input, { registry })
  const known: readonly (readonly [Trained | undefined, TargetScale | undefined])[] = [
    [undefined, OTHER],
    [{ targetScale: OWN, inputs: ['numbers', 'town'] }, OWN],
    [{ targetScale: undefined, inputs: ['town', 'numbers'] }, undefined],
  ]
  for (const [trained, scale] of known) {
    const container = openContainer(registry, { seed: 0, folder: '.' })
    designExperiment(experiment, { registry, container }, trained)
    assert.equal(told, { categories: { town: 7 }, ...(scale && { scale }) })
  }
})

test.run()
