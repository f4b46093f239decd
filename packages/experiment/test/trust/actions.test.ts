import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { address, definePlugin, instantiate, type Plugin, path } from '@ashlar/plugins'
import { inScratch, refusal } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  buildExperiment,
  describeActions,
  loadExperiment,
  type Origin,
  openRun,
  resolveExperiment,
  resolveRun,
  toYaml,
} from '../../src/index.ts'
import { clouds, testRegistry } from '../support/plugins.ts'

const test = suite('what an experiment of another would do')

/** A dataset with every sort of option that reaches outward, in every place where one may be. */
const reaching: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'reaching',
  description: 'Asks for much.',
  options: z.strictObject({
    file: path('read').optional().describe('A file.'),
    target: path('write').optional().describe('A file.'),
    log: path('write', 'run').default('log.txt').describe('A file.'),
    url: address().optional().describe('An address.'),
    more: z
      .strictObject({
        files: z.array(path('read')).optional().describe('Files.'),
        by: z.record(z.string(), path('read')).optional().describe('Files by name.'),
      })
      .optional()
      .describe('More.'),
    either: z
      .union([z.boolean(), path('read'), z.tuple([z.int(), address()])])
      .optional()
      .describe('One.'),
  }),
  create: () => instantiate(clouds),
})

const registry = testRegistry().register([reaching], 'tests')

/** What a run folder's experiment would do. */
async function asked(
  folder: string,
  more: object,
  overrides: readonly string[] = [],
): Promise<string[]> {
  const origin: Origin = { where: folder, inside: folder, asks: [] }
  const input = { name: 'x', model: 'perceptron', dataset: 'clouds', ...more }
  const options = { registry, origin, overrides, folder, look: true }
  const { asked } = await resolveExperiment(input, options)
  return describeActions(asked!.actions)
}

const data = (more: object) => ({ dataset: { name: 'reaching', ...more } })

test('everything that is declared is found, wherever it stands', async () => {
  const given = {
    ...data({
      file: '/a',
      target: '/b',
      log: '/c',
      url: 'http://d.example/',
      more: { files: ['/e', 'inside', '/f'], by: { one: '/g', two: 'inside' } },
      either: '/h',
    }),
    plugins: ['package', '/i.ts'],
    weights: '/j',
    out: '/k',
  }
  assert.equal((await asked('/run', given)).sort(), [
    'call   http://d.example/ (dataset.url)',
    'read   /a (dataset.file)',
    'read   /e (dataset.more.files.0)',
    'read   /f (dataset.more.files.2)',
    'read   /g (dataset.more.by.one)',
    'read   /h (dataset.either)',
    'read   /j (weights)',
    'run    /i.ts (plugins)',
    'run    package (plugins)',
    'write  /b (dataset.target)',
    'write  /c (dataset.log)',
    'write  /k (out)',
  ])
  assert.equal(await asked('/run', data({ either: [1, 'https://x.example'] })), [
    'call   https://x.example (dataset.either.1)',
  ])
  assert.equal(await asked('/run', data({})), [])
})

test('one message lists it all, and nothing of it is done', async () => {
  const origin: Origin = { where: '/run', inside: '/run', asks: [] }
  const input = {
    name: 'x',
    model: 'perceptron',
    plugins: ['/nowhere.ts'],
    ...data({ file: '/a' }),
  }
  assert.is(
    await refusal(() => resolveExperiment(input, { registry, origin })),
    '/run: must be trusted for what it would do: it was not made here, or was changed since\n' +
      '  run    /nowhere.ts (plugins)\n  read   /a (dataset.file)\n  Add --trust if you trust all of this.',
  )
  const looked = await resolveExperiment(input, { registry, origin, look: true })
  assert.match(await refusal(() => buildExperiment(looked)), /must be trusted/)
})

test('what a message shows of a stranger stays on its line', async () => {
  const lines = await asked('/run', data({ file: '/a\n  read   /harmless (x)\u001b[8m\u009b' }))
  assert.equal(lines, [
    String.raw`read   "/a\n  read   /harmless (x)\u001b[8m\u009b" (dataset.file)`,
  ])
})

test('the user may say all of it: the same value under the same key is the user’s own', async () => {
  const given = data({ file: '/a', url: 'http://b.example' })
  assert.equal(
    await asked('/run', given, ['dataset.file=/mine', 'dataset.url=http://m.example']),
    [],
  )
  assert.equal(await asked('/run', given, ['dataset={name: reaching, file: /mine}']), [])
  assert.equal(await asked('/run', given, ['~dataset.file', '~dataset.url']), [])
  assert.equal(await asked('/run', given, ['dataset.limit=3', 'dataset.file=/mine']), [
    'call   http://b.example (dataset.url)',
  ])
  // A value that the user gave elsewhere is another's where another put it.
  assert.equal(await asked('/run', given, ['weights=/a', 'dataset.url=http://m.example']), [
    'read   /a (dataset.file)',
  ])
  assert.equal(await asked('/run', { plugins: ['./x.ts'] }, ['plugins=[]']), [])
  // A relative path to code would be looked up in the run.
  assert.equal(await asked('/run', {}, ['plugins=[./mine.ts]']), ['run    ./mine.ts (plugins)'])
})

test('the folder that an experiment names leads no path of the user astray', async () => {
  const origin: Origin = { where: '/run', inside: '/run', asks: [] }
  const input = { name: 'x', folder: '/etc', model: 'perceptron', dataset: 'clouds' }
  const { experiment } = await resolveExperiment(input, { registry, origin })
  assert.is(experiment.folder, process.cwd())
  const inside = await resolveExperiment(
    { ...input, folder: 'deep' },
    { registry, origin, folder: '/run' },
  )
  assert.is(inside.experiment.folder, resolve('/run/deep'))
  const said = await resolveExperiment(input, { registry, origin, overrides: ['folder=/mine'] })
  assert.is(said.experiment.folder, resolve('/mine'))
  assert.equal(await asked('/run', { folder: '/', ...data({ file: 'run/x' }) }), [
    `read   ${resolve('/run/x')} (dataset.file)`,
  ])
})

test('paths of 500 shapes: what is let pass lies in the folder', () =>
  inScratch({}, async (folder) => {
    const inside = join(folder, 'run')
    await mkdir(join(inside, 'a/b'), { recursive: true })
    await mkdir(join(folder, 'secret/deep'), { recursive: true })
    await mkdir(join(folder, 'run-other'))
    await symlink(join(folder, 'secret'), join(inside, 'out'))
    await symlink('../../secret', join(inside, 'a/away'))
    await symlink('b', join(inside, 'a/near'))
    await symlink('circle', join(inside, 'circle'))
    const next = seedrandom('paths')
    const parts = [
      'a',
      'b',
      '..',
      '.',
      'out',
      'away',
      'near',
      'deep',
      '',
      'x.csv',
      'circle',
      '...',
      '..a',
    ]
    const starts = [
      '',
      '',
      '',
      './',
      '../',
      '../run/',
      '../run-other/',
      `${inside}/`,
      `${inside}-other/`,
      '/',
      '~/',
      '~root/',
    ]
    const odd = [
      'file:///etc/passwd',
      'C:\\x',
      '\\\\host\\share',
      'a\\..\\..\\x',
      'http://x.example/y',
      'a\0b',
    ]
    const pick = <T>(all: readonly T[]) => all[Math.floor(next() * all.length)]!
    let passed = 0
    for (let i = 0; i < 500; i++) {
      const value =
        i < odd.length
          ? odd[i]!
          : pick(starts) +
            Array.from({ length: 1 + Math.floor(next() * 5) }, () => pick(parts)).join('/')
      if (value === '') continue
      const found = await asked(inside, data({ file: value }))
      if (found.length > 0) continue
      passed++
      // Computed anew, part by part: by names, then by links.
      assert.ok(i >= odd.length && !value.startsWith('~'), value)
      const place = resolve(inside, value)
      const way = relative(inside, place)
      assert.ok(way === '' || !(way.split(sep)[0] === '..' || isAbsolute(way)), value)
      const links = way.split(sep)
      assert.not.ok(links.includes('out') && links[0] === 'out', value)
      assert.not.ok(links[0] === 'a' && links[1] === 'away', value)
      assert.not.ok(links[0] === 'circle', value)
    }
    assert.ok(passed > 50, `${passed} let pass`)
  }))

test('a file of a run that somebody else made is data, whoever names it', () =>
  inScratch(
    {
      'run/config.yaml': 'model: perceptron\ndataset: clouds\nplugins: [./evil.mjs]\n',
      'run/summary.json': '{}',
      'run/deep/other.yaml': 'model: perceptron\ndataset: clouds\nweights: /secret\n',
      'run/evil.mjs':
        'globalThis.evil = true; export const experiment = {}; export const plugins = []',
      'run/up.yaml': 'defaults: [../mine.yaml]\ndataset: clouds\n',
      'mine.yaml': 'defaults: [./run/config.yaml]\nseed: 3\n',
      'code.yaml': 'defaults: [./run/evil.mjs]\n',
      'env.yaml': `defaults: [./run/up.yaml]\nweights: $\{env:ASHLAR_X}\n`,
      'fine.yaml': 'model: perceptron\ndataset: clouds\n',
    },
    async (folder) => {
      const load = (name: string, options: object = {}) =>
        loadExperiment(join(folder, name), { registry, ...options })
      for (const name of ['run/config.yaml', 'mine.yaml']) {
        assert.match(await refusal(() => load(name)), /run {4}\.\/evil\.mjs \(plugins\)/, name)
      }
      assert.match(
        await refusal(() => load('run/deep/other.yaml')),
        /read {3}\S*secret \(weights\)/,
      )
      assert.match(await refusal(() => load('run/evil.mjs')), /run {4}\S+evil\.mjs \(experiment\)/)
      assert.match(await refusal(() => load('code.yaml')), /run {4}\S+evil\.mjs \(defaults of code/)
      assert.match(
        await refusal(() => load('run/up.yaml')),
        /read {3}\S+mine\.yaml \(defaults of up/,
      )
      assert.is((globalThis as { evil?: true }).evil, undefined)
      await writeFile(
        join(folder, 'mine.yaml'),
        'defaults: [./run/deep/other.yaml]\nweights: /mine\n',
      )
      const mine = await load('mine.yaml')
      assert.is(mine.experiment.weights, '/mine')
      const environment = { variables: { ASHLAR_X: 'x' } }
      await writeFile(join(folder, 'run/up.yaml'), 'model: perceptron\ndataset: clouds\n')
      assert.match(
        await refusal(() => load('env.yaml', { environment })),
        /must not read the environment/,
      )
      const trusted = await load('env.yaml', { environment, trust: true })
      assert.is(trusted.experiment.weights, 'x')
      assert.is((await load('fine.yaml')).origin, undefined)
    },
  ))

test("a run's config stands on nothing, and reads no environment", () =>
  inScratch({}, async (folder) => {
    const write = (config: object) => writeFile(join(folder, 'config.yaml'), toYaml(config))
    const open = async () => resolveRun(await openRun(folder), { registry })
    const base = { name: 'x', model: 'perceptron', dataset: 'clouds' }
    await write({ ...base, defaults: ['./evil.mjs'] })
    assert.match(await refusal(open), /experiment: key must be one of .*, got "defaults"/)
    await write({ ...base, weights: `$\{env:HOME}` })
    assert.is((await open()).experiment.weights, `$\{env:HOME}`)
    await writeFile(join(folder, 'config.yaml'), '[1, 2]')
    assert.match(await refusal(open), /experiment: must be a mapping of keys/)
    await writeFile(
      join(folder, 'config.yaml'),
      '{"model": "perceptron", "dataset": {"__proto__": {"x": 1}}}',
    )
    assert.match(await refusal(open), /a key must not reach a prototype/)
  }))

test.run()
