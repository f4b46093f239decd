import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar config and schema')

interface Config {
  readonly name: string
  readonly epochs: number
  readonly dataset: { readonly name: string; readonly limit?: number }
  readonly optimizer: { readonly name: string; readonly learningRate: unknown }
  readonly callbacks: Readonly<Record<string, object>>
}

test('config shows an experiment with every default, as YAML that is an experiment', () =>
  inScratch({}, async (folder) => {
    const { code, out } = await ashlar('config', 'mnist-mini-resnet', 'epochs=3')
    assert.is(code, 0)
    const config = parse(out)
    assert.is(config.epochs, 3)
    assert.is(config.seed, 42)
    assert.is(config.optimizer.beta1, 0.9)
    const file = join(folder, 'complete.yaml')
    await writeFile(file, out)
    assert.equal(await ashlarJson('config', file), config)
  }))

test('overrides of every form', async () => {
  const config = await ashlarJson<Config>(
    ...['config', TINY, 'optimizer.name=adamw', 'dataset.limit=12'],
    ...['+callbacks.time-budget.minutes=3', '~epochs'],
  )
  assert.is(config.optimizer.name, 'adamw')
  assert.is(config.optimizer.learningRate, 0.05)
  assert.is(config.dataset.limit, 12)
  assert.equal(config.callbacks, { 'time-budget': { name: 'time-budget', minutes: 3 } })
  assert.is(config.epochs, 1)
})

test('an experiment file may have any name', () =>
  inScratch({}, async (folder) => {
    const text = 'defaults: [mnist-mini-resnet]\nepochs: 7\n'
    for (const [file, name] of [
      ['mnist-mini-resnet', 'mnist-mini-resnet'],
      ['with spaces & #1', 'with-spaces-1'],
      ['epochs=3.yaml', 'epochs-3'],
      ['-x.yaml', 'x'],
      ['LARGE.YAML', 'LARGE'],
      ['v1.5', 'v1.5'],
    ] as const) {
      await writeFile(join(folder, file), text)
      const config = await ashlarJson<Config>('config', join(folder, file), 'seed=1')
      assert.equal([config.name, config.epochs], [name, 7])
    }
    // From the folder itself: what a name could be taken for, a path is not.
    const here = process.cwd()
    process.chdir(folder)
    try {
      for (const path of [['./mnist-mini-resnet'], ['v1.5'], ['--', '-x.yaml'], ['./-x.yaml']]) {
        const { code, out, err } = await ashlar('config', ...path)
        assert.is(code, 0, err)
        assert.is(parse(out).epochs, 7, path.join(' '))
      }
      assert.not.equal((await ashlarJson<Config>('config', 'mnist-mini-resnet')).epochs, 7)
    } finally {
      process.chdir(here)
    }
    // A run whose name ends as a file does is a run.
    const run = join(folder, '20261103-142501-a.yaml')
    await mkdir(run)
    await writeFile(
      join(run, 'config.yaml'),
      (await ashlar('config', 'mnist-mini-resnet', 'epochs=9')).out,
    )
    assert.is((await ashlarJson<Config>('config', run)).epochs, 9)
  }))

test('an override is what it says: texts with #, marks alone, and no text at all', async () => {
  const table = ['dataset={name: csv, file: a.csv, target: y, task: regression}']
  const config = async (...overrides: string[]) =>
    (
      await ashlarJson<{ dataset: Record<string, unknown>; weights?: string }>(
        ...['config', TINY, ...table, ...overrides],
      )
    ).dataset
  for (const delimiter of ['|', '\t', ' ', ';', '#', ':', '-', '~~']) {
    assert.is((await config(`dataset.delimiter=${delimiter}`)).delimiter, delimiter)
  }
  assert.is((await config('dataset.target=price # of one')).target, 'price # of one')
  assert.is((await config('dataset.target="1"')).target, '1')
  assert.is((await config('dataset.delimiter=;', 'dataset.delimiter=null')).delimiter, ',')
  const { err } = await ashlar('config', TINY, ...table, 'dataset.target=1')
  assert.match(
    err,
    /target: must be a string that is not empty or a list that is not empty, got 1\n.*needs quotes: "1"/,
  )
})

test('an experiment may stand on one that comes with Ashlar, and choose from groups', () =>
  inScratch(
    {
      'mine.yaml':
        'defaults: [mnist-mini-resnet, { optimizer: calm }]\ndataset: { limit: 100 }\nepochs: 2\n',
    },
    async (folder) => {
      await mkdir(join(folder, 'optimizer'))
      await writeFile(join(folder, 'optimizer/calm.yaml'), 'name: sgd\nmomentum: 0.5\n')
      await writeFile(join(folder, 'optimizer/wild.yaml'), 'name: sgd\nmomentum: 0.99\n')
      const mine = join(folder, 'mine.yaml')
      const config = await ashlarJson<Config>('config', mine)
      assert.is(config.name, 'mine')
      assert.is(config.epochs, 2)
      assert.equal([config.dataset.name, config.dataset.limit], ['mnist', 100])
      const { momentum } = config.optimizer as unknown as { momentum: number }
      assert.is(momentum, 0.5)
      const wild = await ashlarJson<{ optimizer: { momentum: number } }>(
        ...['config', mine, 'optimizer=wild'],
      )
      assert.is(wild.optimizer.momentum, 0.99)
    },
  ))

test('the environment is read by allow-list only', () =>
  inScratch(
    { 'env.yaml': `defaults: [${TINY}]\nname: "x\${env:ASHLAR_TEST_N}\${env:TEST_SECRET,}"\n` },
    async (folder) => {
      const file = join(folder, 'env.yaml')
      process.env.ASHLAR_TEST_N = '7'
      process.env.TEST_SECRET = 'hush'
      try {
        const { code, err } = await ashlar('config', file)
        assert.is(code, 2)
        assert.match(err, /^experiment\.name: environment variable must be one of ASHLAR_\*, got /)
        assert.not.match(err, /hush/)
        // Plugins of what it stands on are found from here, where there are none.
        const allowed = await ashlar('config', file, 'plugins=[]', '--allow-env', 'TEST_SECRET')
        assert.match(allowed.err, /experiment\.model: model must be one of/)
      } finally {
        delete process.env.ASHLAR_TEST_N
        delete process.env.TEST_SECRET
      }
    },
  ))

test('an experiment in TypeScript, with types for the options of plugins', () =>
  inScratch(
    {
      'typed.ts': `import { defineExperiment } from '${new URL('../../src/index.ts', import.meta.url).pathname}'
export const experiment = defineExperiment({ defaults: ['mnist-mini-resnet'], epochs: 4 })\n`,
    },
    async (folder) => {
      const config = await ashlarJson<Config>('config', join(folder, 'typed.ts'))
      assert.is(config.epochs, 4)
      assert.is(config.name, 'typed')
    },
  ))

test('execution providers: one that there is not, and one without its libraries, are refused here', async () => {
  const gpu = await ashlar('config', TINY, '+engine.providers=[gpu]')
  assert.is(gpu.code, 2)
  assert.match(
    gpu.err,
    /^experiment\.engine\.providers\[0\]: must be an execution provider that onnxruntime-node has on this system: .*cpu.*, got "gpu"\n/,
  )
  const cuda = await ashlar('config', TINY, '+engine.providers=[cuda]')
  // Where there is one, it is taken.
  if (cuda.code === 0) return
  assert.is(cuda.code, 2)
  assert.match(cuda.err, /^experiment\.engine\.providers\[0\]: must be .*, got "cuda"\n/)
})

test('schema is JSON Schema with the plugins at hand', () =>
  inScratch({}, async (folder) => {
    const { $defs, properties } = await ashlarJson<{
      $defs: Record<string, object>
      properties: object
    }>('schema', TINY)
    assert.ok('epochs' in properties)
    assert.match(JSON.stringify($defs.model), /"mini-resnet".*"perceptron"/)
    const file = join(folder, 'experiment.schema.json')
    const { code, out } = await ashlar('schema', '--out', file)
    assert.is(code, 0)
    assert.match(out, /\n {2}# yaml-language-server: \$schema=.*experiment\.schema\.json\n$/)
    assert.is(JSON.parse(await readFile(file, 'utf8')).title, 'Ashlar experiment')
  }))

test('--types writes the options of plugins as TypeScript', async () => {
  const { code, out } = await ashlar('schema', TINY, '--types')
  assert.is(code, 0)
  assert.match(
    out,
    /'model perceptron': \{\n {6}\/\*\* Width .* \*\/\n {6}units\?: number \| undefined\n/,
  )
  assert.match(
    out,
    /'optimizer adam': \{\n[^}]*learningRate\?: TypedReference<'schedule'> \| number/,
  )
})

test.run()
