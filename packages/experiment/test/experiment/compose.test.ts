import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { composeExperiment } from '../../src/experiment/compose.ts'
import { loadExperiment } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

const test = suite('compose experiment')

const files = {
  'base.yaml': 'name: base\nmodel: perceptron\ndataset: { name: clouds, limit: 30 }\nepochs: 5\n',
  'main.yaml': `
defaults:
  - base
  - optimizer: fast
  - optimizer.learningRate: flat
epochs: 2
optimizer: { beta1: 0.7 }
`,
  'optimizer/fast.yaml': 'name: adam\nlearningRate: 0.1\n',
  'optimizer/slow.json': '{ "name": "adam", "learningRate": 0.001, "beta2": 0.9 }',
  'optimizer/learningRate/flat.yaml': 'name: constant\nrate: 0.2\n',
  'optimizer/learningRate/wave.yaml': 'name: cosine\ninitial: 0.3\n',
  'deep/er.yaml': 'defaults: [../main.yaml]\nseed: 1\n',
  'circle.yaml': 'defaults: [./round.yaml]\n',
  'round.yaml': 'defaults: [circle]\n',
  'lost.yaml': 'defaults: [bsae]\n',
  'lost-group.yaml': 'defaults: [{ optimizer: fats }]\n',
  'wrong.yaml': 'defaults: { optimizer: fast }\n',
  'climbing.yaml': 'defaults: [{ "../optimizer": fast }]\n',
  'library.yaml': 'defaults: [shared]\nseed: 9\n',
}

const compose = (folder: string, file: string, ...overrides: string[]) =>
  composeExperiment(join(folder, file), { overrides })

test('own keys lie on the defaults, in their order', () =>
  inScratch(files, async (folder) => {
    assert.equal((await compose(folder, 'main.yaml')).data, {
      model: 'perceptron',
      dataset: { name: 'clouds', limit: 30 },
      epochs: 2,
      optimizer: {
        name: 'adam',
        learningRate: { name: 'constant', rate: 0.2 },
        beta1: 0.7,
      },
    })
  }))

test('an override takes another file of a group; other overrides are left', () =>
  inScratch(files, async (folder) => {
    const { data, overrides } = await compose(
      folder,
      'main.yaml',
      'optimizer=slow',
      'optimizer.learningRate=wave',
      'epochs=7',
    )
    assert.equal(data.optimizer, {
      name: 'adam',
      learningRate: { name: 'cosine', initial: 0.3 },
      beta2: 0.9,
      beta1: 0.7,
    })
    assert.equal(overrides, ['epochs=7'])
  }))

test('a value that is no file of the group stays an override', () =>
  inScratch(files, async (folder) => {
    const { overrides } = await compose(folder, 'main.yaml', 'optimizer=sgd')
    assert.equal(overrides, ['optimizer=sgd'])
  }))

test('loaded: named by its own file, paths from its own folder', () =>
  inScratch(files, async (folder) => {
    const registry = testRegistry()
    const { experiment } = await loadExperiment(join(folder, 'deep/er.yaml'), { registry })
    assert.is(experiment.name, 'er')
    assert.is(experiment.folder, join(folder, 'deep'))
    assert.is(experiment.seed, 1)
    assert.is(experiment.epochs, 2)
    assert.is(experiment.optimizer.beta1, 0.7)
  }))

test('names are looked up in the library last', () =>
  inScratch(files, async (folder) => {
    const library = { shared: join(folder, 'base.yaml') }
    const { data } = await composeExperiment(join(folder, 'library.yaml'), { library })
    assert.is(data.seed, 9)
    assert.is(data.model, 'perceptron')
  }))

test('an experiment may be called as the one of the library that it stands on', () =>
  inScratch(
    {
      'shared.yaml': 'defaults: [shared]\nepochs: 2\n',
      'library/shared.yaml': 'epochs: 1\nseed: 9\n',
    },
    async (folder) => {
      const library = { shared: join(folder, 'library/shared.yaml') }
      const { data } = await composeExperiment(join(folder, 'shared.yaml'), { library })
      assert.equal(data, { epochs: 2, seed: 9 })
    },
  ))

test('names are found in any form of Unicode, and with the usual endings of data in large letters', () =>
  inScratch(
    {
      'main.yaml': 'defaults: [caf\u00e9, LOUD, v1.5, {optimizer: "na\u00efve way"}]\n',
      'cafe\u0301.yaml': 'seed: 1\n',
      'LOUD.YAML': 'epochs: 2\n',
      'v1.5.yml': 'batchSize: 3\n',
      'optimizer/nai\u0308ve way.yaml': 'name: sgd\n',
    },
    async (folder) => {
      const { data } = await compose(folder, 'main.yaml')
      assert.equal(data, { seed: 1, epochs: 2, batchSize: 3, optimizer: { name: 'sgd' } })
    },
  ))

const refused: readonly [file: string, message: string][] = [
  [
    'circle.yaml',
    'circle.yaml: an experiment must not stand on itself: circle.yaml -> round.yaml -> circle.yaml',
  ],
  [
    'lost.yaml',
    'lost.yaml: defaults: experiment must be one of base, circle, climbing, library, lost-group, main, round, wrong, got "bsae"\n' +
      '  Did you mean "base"?',
  ],
  [
    'lost-group.yaml',
    'lost-group.yaml: defaults: file of optimizer must be one of fast, slow, got "fats"\n' +
      '  Did you mean "fast"?',
  ],
  [
    'wrong.yaml',
    'wrong.yaml: defaults: must be a list of experiments and of `group: file`, got {"optimizer":"fast"}',
  ],
  [
    'climbing.yaml',
    'climbing.yaml: defaults: must be a list of experiments and of `group: file`, got {"../optimizer":"fast"}',
  ],
]

for (const [file, message] of refused) {
  test(message.split('\n')[0]!, () =>
    inScratch(files, async (folder) => {
      const given = await refusal(() => compose(folder, file))
      assert.is(given.replaceAll(`${folder}/`, ''), message)
    }),
  )
}

test('a group that is chosen from outside of its folder is no file', () =>
  inScratch(files, async (folder) => {
    const { overrides } = await compose(folder, 'main.yaml', 'optimizer=../base')
    assert.equal(overrides, ['optimizer=../base'])
  }))

test.run()
