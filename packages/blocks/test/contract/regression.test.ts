import { asModel, type DataFact, type Model, withFacts } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { openContainer, Registry } from '@ashlar/plugins'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { blockPlugins } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const { test, slow } = tieredSuite('targets of any scale')

/** Networks whose example is on other data than one array of numbers. */
const OTHERS: Readonly<Record<string, { options: object; inputShape: readonly number[] }>> = {
  'text-encoder': {
    options: { width: 4, heads: 2, hidden: 6, blocks: 1, tokens: 5, vocabulary: 7 },
    inputShape: [5],
  },
  'table-network': { options: { hidden: [4] }, inputShape: [3] },
}

/** Networks whose end is no regression, and why. */
const BOUNDED: Readonly<Record<string, string>> = {
  autoencoder: 'what it restores are numbers from 0 to 1',
}

const follows = (option: { meta?(): unknown }, fact: DataFact) =>
  ((option.meta?.() ?? {}) as { fromData?: DataFact }).fromData === fact

const registry = new Registry().register(blockPlugins, '@ashlar/blocks')

const SCALE = { mean: [250_000, -7], std: [40_000, 0.5] }

for (const [isDeep, declare] of [
  [false, test],
  [true, slow],
] as const) {
  for (const plugin of modelsByDepth(isDeep).plugins) {
    const shape = Object.values(plugin.options.shape) as { meta?(): unknown }[]
    const isAsked = shape.some((option) => follows(option, 'outputs'))
    if (!isAsked || BOUNDED[plugin.name] !== undefined) continue
    declare(`${plugin.name}: its numbers lie where the data says`, () => {
      const [example] = [networkExamples.model[plugin.name] ?? []].flat()
      const own =
        OTHERS[plugin.name] ??
        (example as { options?: object | undefined; inputShape: readonly number[] })
      const make = (facts: object): Model => {
        const options = { ...own.options, numClasses: undefined }
        const told = withFacts(plugin.options, options, { outputs: 2, output: 'logits', ...facts })
        const container = openContainer(registry, { seed: 3, folder: '.' })
        const model = asModel(container.create('model', { name: plugin.name, ...told }, 'model'))
        model.seed = 3
        model.build([null, ...own.inputShape])
        return model
      }
      const [near, far] = [make({}), make({ targetScale: SCALE })]
      tf.tidy(() => {
        const x = tf.ones([2, ...own.inputShape])
        const [plain, scaled] = [near, far].map((model) => model.apply(x) as tf.Tensor)
        assert.is(plain!.shape.at(-1), 2)
        const expected = tf.add(tf.mul(plain!, SCALE.std), SCALE.mean)
        allClose(scaled!.dataSync(), expected.dataSync(), { relative: 1e-6 })
      })
      assert.is(far.countParams(), near.countParams())
      for (const model of [near, far]) model.dispose()
    })
  }
}

test('a network that is told its outputs is told where they lie', () => {
  for (const isDeep of [false, true]) {
    for (const { name, options } of modelsByDepth(isDeep).plugins) {
      const shape = Object.values(options.shape) as { meta?(): unknown }[]
      const [outputs, scale] = (['outputs', 'targetScale'] as const).map((fact) =>
        shape.some((option) => follows(option, fact)),
      )
      const isBounded = BOUNDED[name] !== undefined
      assert.is(scale, outputs && !isBounded, `${name}: ${BOUNDED[name] ?? 'no targetScale'}`)
    }
  }
})

test.run()
