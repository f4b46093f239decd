import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadExperiment } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

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

/** A file that is not there, what lies beside it, and what of it was meant. */
const NEIGHBOURS: readonly (readonly [name: string, beside: readonly string[], meant?: string])[] =
  [
    ['idx.yaml', ['idx.csv', 'idx.zip', 'idx']],
    ['digits.yml', ['digits.csv', 'digits.yaml', 'digits.zip'], 'digits.yaml'],
    ['digits.yml', ['digits.ts', 'digits.json', 'digits.YAML'], 'digits.YAML'],
    ['digit.json', ['digits.csv', 'digits.yaml', 'digits.json'], 'digits.json'],
    ['digits.ts', ['digits.zip', 'digits.yaml'], 'digits.yaml'],
    ['digit.yaml', ['digit.zip', 'digits.mjs'], 'digits.mjs'],
    ['base.conf', ['base.csv', 'bases.conf'], 'bases.conf'],
  ]
for (const [name, beside, meant] of NEIGHBOURS) {
  test(`${name} beside ${beside.join(', ')}: ${meant ?? 'nothing'} was meant`, () =>
    inScratch(Object.fromEntries(beside.map((each) => [each, ''])), async (folder) => {
      const message = await refusal(() => loadExperiment(join(folder, name), { registry }))
      const hint = meant === undefined ? '' : `\n  Did you mean ${JSON.stringify(meant)}?`
      assert.is(message, `${join(folder, name)}: the file must exist${hint}`)
    }))
}

test('says what is wrong with a file', () =>
  inScratch(files, async (folder) => {
    const message = async (name: string) =>
      (await refusal(() => loadExperiment(join(folder, name), { registry }))).replaceAll(
        `${folder}/`,
        '',
      )
    assert.is(await message('nowhere/none.yaml'), 'nowhere/none.yaml: the file must exist')
    assert.is(
      await message('brokn.yaml'),
      'brokn.yaml: the file must exist\n  Did you mean "broken.yaml"?',
    )
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
      'wide.toml: the file must be an experiment in YAML or JSON, a mapping of keys, got "model = \\"x\\""\n' +
        '  TypeScript and JavaScript are told by their names: .ts, .mts, .js, .mjs, .cjs.',
    )
  }))

const yaml = files['a.yaml']
const module = files['a.mjs']
/** File names, what they hold, and what a run of them is called. */
const NAMES: readonly (readonly [file: string, contents: string, name: string])[] = [
  ['with spaces.yaml', yaml, 'with-spaces'],
  ['v1.5.final.yaml', yaml, 'v1.5.final'],
  ['#1 50% & more?.yaml', yaml, '1-50-more'],
  ['a%20b.json', JSON.stringify(data), 'a-20b'],
  ['caf\u00e9.yaml', yaml, 'cafe'],
  ['cafe\u0301.yml', yaml, 'cafe'],
  ['\u5b9f\u9a13.yaml', yaml, 'experiment-8d2062'],
  ['\u5b9e\u9a8c.yaml', yaml, 'experiment-5e4285'],
  ['-x.yaml', yaml, 'x'],
  ['~.yaml', yaml, 'experiment'],
  ['.yaml', yaml, 'yaml'],
  ['LARGE.YAML', yaml, 'LARGE'],
  ['Large.Yml', yaml, 'Large'],
  ['LARGE.JSON', JSON.stringify(data), 'LARGE'],
  ['epochs=3.yaml', yaml, 'epochs-3'],
  ['without', yaml, 'without'],
  ['my.exp.2024', yaml, 'my.exp.2024'],
  ['notes.txt', JSON.stringify(data), 'notes.txt'],
  ['constructor', yaml, 'constructor'],
  ['latest', yaml, 'latest'],
  [`${'long'.repeat(60)}.yaml`, yaml, `${'long'.repeat(23)}l-521181`],
  ['#1 a?b.mjs', module, '1-a-b'],
  ['100%.ts', `export const experiment: object = ${JSON.stringify(data)}\n`, '100'],
  ['a b.cjs', `module.exports = ${JSON.stringify(data)}\n`, 'a-b'],
]

test('a file may have any name, which a run is called by as far as a folder can be', () =>
  inScratch(
    Object.fromEntries(NAMES.map(([file, contents]) => [file, contents])),
    async (folder) => {
      for (const [file, , name] of NAMES) {
        const { experiment } = await loadExperiment(join(folder, file), { registry })
        assert.is(experiment.name, name, file)
        assert.equal(experiment.dataset, { name: 'clouds', limit: 12 }, file)
      }
    },
  ))

test('a callback without a value is that callback with its defaults; null is none', async () => {
  const head = 'model: perceptron\ndataset: clouds\ncallbacks:\n'
  const patience = async (folder: string, file: string, ...overrides: string[]) => {
    const { experiment } = await loadExperiment(join(folder, file), { registry, overrides })
    return experiment.callbacks['early-stopping']?.patience
  }
  await inScratch(
    {
      'empty.yaml': `${head}  early-stopping:\n`,
      'comment.yaml': `${head}  early-stopping: # as it is\n  nan-guard:\n`,
      'mapping.yaml': `${head}  early-stopping: {}\n`,
      'flow.yaml': `${head.slice(0, -1)} {early-stopping}\n`,
      'null.yaml': `${head}  early-stopping: null\n`,
      'tilde.yaml': `${head}  early-stopping: ~\n`,
      'null.json': JSON.stringify({ ...data, callbacks: { 'early-stopping': null } }),
      'base.yaml': `${head}  early-stopping: {patience: 9}\n`,
      'on-base.yaml': 'defaults: [base]\ncallbacks:\n  early-stopping:\n',
      'off-base.yaml': 'defaults: [base]\ncallbacks:\n  early-stopping: null\n',
      'group.yaml': `defaults: [{callbacks: usual}]\n${head.replace('callbacks:\n', '')}`,
      'callbacks/usual.yaml': 'early-stopping:\n',
      'none.yaml': head,
    },
    async (folder) => {
      const byDefault = await patience(folder, 'mapping.yaml')
      assert.type(byDefault, 'number')
      for (const file of ['empty.yaml', 'comment.yaml', 'flow.yaml', 'group.yaml']) {
        assert.is(await patience(folder, file), byDefault, file)
      }
      for (const file of ['null.yaml', 'tilde.yaml', 'null.json', 'off-base.yaml', 'none.yaml']) {
        assert.is(await patience(folder, file), undefined, file)
      }
      // What a file says nothing of is what it stands on.
      assert.is(await patience(folder, 'on-base.yaml'), 9)
      for (const override of [
        'callbacks.early-stopping=',
        '+callbacks.early-stopping=',
        'callbacks={early-stopping: }',
        'callbacks={early-stopping}',
      ]) {
        assert.is(await patience(folder, 'none.yaml', override), byDefault, override)
      }
      assert.is(await patience(folder, 'base.yaml', 'callbacks.early-stopping='), byDefault)
      assert.is(await patience(folder, 'base.yaml', 'callbacks.early-stopping=null'), undefined)
    },
  )
})

test.run()
