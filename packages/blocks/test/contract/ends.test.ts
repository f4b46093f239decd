import { asModel, infoOfFields, type Model, type Samples, withFacts } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { openContainer, Registry } from '@ashlar/plugins'
import { oneIn, sampled, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { blockPlugins } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const { test, slow } = tieredSuite('the end of a model and the loss fit')
const some = oneIn(9, { test, slow })
// Of the deep ones, a second each.
const few = sampled(3, slow)

const SIZE = 32
const LENGTH = 6
const engine = 'tfjs'
const LOGITS = { output: 'logits' }

/** Pictures of noise. */
function pictures(classes: number): Samples {
  const names = Array.from({ length: classes }, (_, at) => `class ${at}`)
  return {
    inputs: Uint8Array.from({ length: LENGTH * SIZE * SIZE * 3 }, (_, i) => (i * 7919) % 251),
    labels: Uint8Array.from({ length: LENGTH }, (_, i) => i % classes),
    length: LENGTH,
    info: infoOfFields({
      input: { shape: [SIZE, SIZE, 3], dtype: 'uint8' },
      output: { shape: [], dtype: 'uint8', classes: names },
    }),
  }
}

/** -log of the share of the right class, by logits. */
function crossEntropy(logits: readonly number[], label: number): number {
  const all = logits.length === 1 ? [0, logits[0]!] : logits
  const most = Math.max(...all)
  const sum = all.reduce((total, each) => total + Math.exp(each - most), 0)
  return most + Math.log(sum) - all[label]!
}

const registry = new Registry().register(blockPlugins, '@ashlar/blocks')

/** A model with its default options and what the data says, as experiments make them, ready to be measured. */
function make(name: string, options: object): Model {
  const container = openContainer(registry, { seed: 3, folder: '.' })
  const model = asModel(container.create('model', { name, ...options }, 'model'))
  model.seed = 3
  model.compile({ optimizer: 'sgd', loss: 'auto', metrics: ['auto'] })
  return model
}

/** Of pictures: what has the options of a classifier, and whose example is a picture. */
const classifiers = (isDeep: boolean) =>
  modelsByDepth(isDeep).plugins.filter(({ name, options }) => {
    const examples = [networkExamples.model[name] ?? []].flat()
    return (
      'numClasses' in options.shape &&
      examples.some((each) => 'inputShape' in each && each.inputShape.length === 3)
    )
  })

for (const isDeep of [false, true]) {
  const declare = isDeep ? few : some
  for (const { name, options } of classifiers(isDeep)) {
    for (const [classes, outputs] of [
      [2, 2],
      [4, 4],
      [2, 1],
    ] as const) {
      declare(`${name} as it is: ${classes} classes by ${outputs} outputs`, async () => {
        const samples = pictures(classes)
        const facts = withFacts(options, {}, { outputs, side: SIZE })
        // What has no choice gives logits.
        const plain = make(name, { ...facts, ...('output' in options.shape && LOGITS) })
        const said = await plain.predict(samples, { engine })
        plain.dispose()
        if (said.shape.length > 2) return
        assert.equal(said.shape, [LENGTH, outputs])
        const rows = Array.from({ length: LENGTH }, (_, row) =>
          Array.from(said.data.subarray(row * outputs, (row + 1) * outputs)),
        )
        const labels = samples.labels as Uint8Array
        const expected = rows.reduce((sum, row, at) => sum + crossEntropy(row, labels[at]!), 0)
        const model = make(name, facts)
        const { loss, accuracy } = await model.evaluate(samples, { engine })
        model.dispose()
        allClose([loss!], [expected / LENGTH], { relative: 1e-3, absolute: 1e-4 })
        const right = rows.filter((row, at) => {
          const all = row.length === 1 ? [0, row[0]!] : row
          return all.indexOf(Math.max(...all)) === labels[at]
        })
        allClose([accuracy!], [right.length / LENGTH])
      })
    }
  }
}

test('every network for pictures that can be told its classes is among them', () => {
  const names = [false, true].flatMap(classifiers).map(({ name }) => name)
  for (const name of [
    'mlp',
    'simple-cnn',
    'mini-resnet',
    'resnet18',
    'mobilenet',
    'mobilenet-v2',
  ]) {
    assert.ok(names.includes(name), `${name} is not among ${names}`)
  }
})

test.run()
