import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadExperiment } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'
import { refusal } from '../support/refusal.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('load experiment')

const data = { model: 'perceptron', dataset: { name: 'clouds', limit: 12 } }
const files = {
  'a.yaml': 'model: perceptron\ndataset: { name: clouds, limit: 12 }\n',
  'a.json': JSON.stringify(data),
  'a.ts': `interface E { model: string }\nexport const experiment: E & object = ${JSON.stringify(data)}\n`,
  'a.mjs': `export default ${JSON.stringify(data)}\n`,
  'empty.mjs': 'export const other = 1\n',
  'broken.yaml': 'model: [\n',
  'wide.toml': 'model = "x"\n',
}
const registry = testRegistry()

test('YAML, JSON, TypeScript and JavaScript give the same experiment, named by the file', () =>
  inScratch(files, async (folder) => {
    for (const name of ['a.yaml', 'a.json', 'a.ts', 'a.mjs']) {
      const { experiment } = await loadExperiment(join(folder, name), { registry })
      assert.is(experiment.name, 'a')
      assert.is(experiment.folder, folder)
      assert.equal(experiment.dataset, { name: 'clouds', limit: 12 })
    }
  }))

test('takes overrides', () =>
  inScratch(files, async (folder) => {
    const overrides = ['epochs=7', 'name=b']
    const { experiment } = await loadExperiment(join(folder, 'a.yaml'), { registry, overrides })
    assert.is(experiment.epochs, 7)
    assert.is(experiment.name, 'b')
  }))

test('plugins of its own are found beside it, and stay its own', () =>
  inScratch(
    {
      'exp.yaml': 'plugins: [./own.mjs]\nmodel: perceptron\ndataset: clouds\nmetrics: [own]\n',
      'own.mjs': `export const plugins = [{
        kind: 'metric', name: 'own', description: 'Nothing.',
        options: { shape: {}, safeParse: (data) => ({ success: true, data }), _zod: { def: {} } },
        create: () => ({ name: 'own' }),
      }]`,
    },
    async (folder) => {
      const loaded = await loadExperiment(join(folder, 'exp.yaml'), { registry })
      assert.equal(loaded.experiment.metrics, [{ name: 'own' }])
      assert.is(loaded.registry.get('metric', 'own').owner, './own.mjs')
      assert.not.ok(registry.has('metric', 'own'))
    },
  ))

test('says what is wrong with a file', () =>
  inScratch(files, async (folder) => {
    const message = async (name: string) =>
      (await refusal(() => loadExperiment(join(folder, name), { registry }))).replaceAll(
        `${folder}/`,
        '',
      )
    assert.is(await message('none.yaml'), 'none.yaml: the file must exist')
    assert.match(
      await message('broken.yaml'),
      /^broken\.yaml: must be valid YAML: .* at line 2, column 1$/,
    )
    assert.is(
      await message('empty.mjs'),
      'empty.mjs: the module must export the experiment: `export const experiment = { ... }`',
    )
    assert.is(
      await message('wide.toml'),
      'wide.toml: the name of an experiment file must end in one of .yaml, .yml, .json, .ts, .mts, .js, .mjs, got ".toml"',
    )
  }))

test.run()
