import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installedProject, QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('plugins that ashlar new plugin writes')

/** What an experiment adds so that a test of it takes a moment. */
const SHORT = ['epochs=1', 'model.width=0.25', 'dataset.limit=320', 'dataset.testLimit=100']

/** The kinds that there are templates for, and the overrides that each experiment of their README takes. */
const KINDS = {
  augmentation: SHORT,
  block: SHORT,
  callback: SHORT,
  dataset: ['epochs=1'],
  engine: SHORT,
  exporter: SHORT,
  loss: ['epochs=1'],
  metric: ['epochs=1'],
  model: ['epochs=1', 'dataset.limit=320', 'dataset.testLimit=100'],
  optimizer: SHORT,
  schedule: SHORT,
} as const

for (const [kind, overrides] of Object.entries(KINDS)) {
  const name = `wavy-${kind}`
  test(`a ${kind}: its tests pass with npm, and packed it is found and used by an experiment`, async () => {
    const { folder, tarballs } = await installedProject()
    const ashlar = (...args: string[]) =>
      run(join(folder, 'node_modules/.bin/ashlar'), args, folder)

    // Beside the project: nothing may come from its node_modules.
    const own = join(folder, '..', `ashlar-plugin-${name}`)
    await ashlar('new', 'plugin', name, '--kind', kind, '--out', own)
    await run('npm', ['install', '--ignore-scripts', '--no-save', ...QUIET, ...tarballs], own)
    const tested = await run('npm', ['test'], own)
    assert.match(tested, /^(# |ℹ )fail 0$/m)
    assert.match(tested, /^(# |ℹ )pass ([4-9]|\d\d)$/m)
    await run('npm', ['run', 'build'], own)
    await run('npm', ['pack'], own)

    const packed = readdirSync(own).find((file) => file.endsWith('.tgz'))!
    await run('npm', ['install', '--ignore-scripts', ...QUIET, join(own, packed)], folder)
    const available = await ashlar('plugins', '--available')
    assert.match(available, new RegExp(`^ashlar-plugin-${name} 0\\.1\\.0 {2}An? ${kind} for `, 'm'))
    assert.not.match(await ashlar('plugins'), name, 'loaded only by experiments that name it')

    const readme = readFileSync(join(own, 'README.md'), 'utf8')
    const [, experiment] = /```yaml\n([\s\S]*?)```/.exec(readme)!
    const file = join(folder, `${name}.yaml`)
    writeFileSync(file, experiment!)
    assert.match(await ashlar('plugins', file, '--kind', kind), `  ${name}  `)
    const answer = await ashlar('run', file, ...overrides, '--out', `out-${kind}`, '--json')
    const { run: path } = JSON.parse(answer) as { run: string }
    assert.match(readFileSync(join(path, 'config.yaml'), 'utf8'), name)
    assert.is(JSON.parse(readFileSync(join(path, 'summary.json'), 'utf8')).outcome, 'finished')
  })
}

test('there are no other kinds', async () => {
  const { folder } = await installedProject()
  const templates = readdirSync(join(folder, 'node_modules/@ashlar/cli/templates/plugin'))
  const kinds = templates.flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? [])
  assert.equal(kinds.sort(), Object.keys(KINDS))
})

test.run()
