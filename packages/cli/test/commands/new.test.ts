import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coreKinds } from '@ashlar/core'
import { launcherKind, schedulerKind, suggesterKind } from '@ashlar/sweep'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar new plugin, and plugins --available')

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

for (const { name: kind } of [...coreKinds, suggesterKind, schedulerKind, launcherKind]) {
  test(`a ${kind} that an experiment can name`, () =>
    inScratch({}, async (folder) => {
      const out = join(folder, 'wavy-field')
      const { name, files } = await ashlarJson<{ name: string; files: string[] }>(
        ...['new', 'plugin', 'wavy-field', '--kind', kind, '--out', out],
      )
      assert.is(name, 'ashlar-plugin-wavy-field')
      for (const file of files) {
        const text = await readFile(join(out, file), 'utf8')
        assert.not.match(text, /sample-?plugin/i, `${file} has a name of the template`)
      }
      // What npm install would bring.
      await symlink(MODULES, join(out, 'node_modules'))
      const experiment = join(out, 'experiment.yaml')
      await writeFile(experiment, 'plugins: [./src/index.ts]\nmodel: mini-resnet\ndataset: mnist\n')
      const { plugins } = await ashlarJson<{ plugins: { kind: string; name: string }[] }>(
        ...['plugins', experiment, '--kind', kind],
      )
      assert.ok(plugins.some((each) => each.name === 'wavy-field'))
    }))
}

test('its manifest makes it known: keyword, peers, exact entry points', () =>
  inScratch({}, async (folder) => {
    const out = join(folder, 'x')
    await ashlar('new', 'plugin', 'ashlar-plugin-x', '--kind', 'dataset', '--out', out)
    const manifest = JSON.parse(await readFile(join(out, 'package.json'), 'utf8'))
    assert.is(manifest.name, 'ashlar-plugin-x')
    assert.equal(manifest.keywords, ['ashlar-plugin'])
    assert.equal(Object.keys(manifest.peerDependencies), ['@ashlar/core', '@ashlar/datasets'])
    assert.match(await readFile(join(out, 'README.md'), 'utf8'), /\ndataset: x\n/)
  }))

test('says what is wrong, and leaves what is there', () =>
  inScratch({ 'precious.txt': 'mine' }, async (folder) => {
    const refused = async (...args: string[]) => {
      const { code, err } = await ashlar('new', 'plugin', ...args)
      assert.is(code, 2)
      return err
    }
    assert.is(
      await refused('Wavy Field'),
      'ashlar new plugin: the name must be lower case words joined with dashes, got "Wavy Field"\n',
    )
    assert.is(
      await refused('x', '--kind', 'blok'),
      'ashlar new plugin: kind must be one of augmentation, block, callback, dataset, engine, exporter, launcher, loss, metric, model, optimizer, schedule, scheduler, suggester, got "blok"\n  Did you mean "block"?\n',
    )
    assert.match(await refused('x', '--out', folder), /the folder must be new or empty, got /)
    assert.equal(await readdir(folder), ['precious.txt'])
  }))

test('--available finds installed packages by their keyword, and loads none', () =>
  inScratch({}, async (folder) => {
    const install = async (path: string, manifest: object) => {
      const home = join(folder, path)
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'package.json'), JSON.stringify(manifest))
      await writeFile(join(home, 'index.js'), 'throw new Error("loaded")')
    }
    const known = { keywords: ['ashlar-plugin'], description: 'Waves.', main: 'index.js' }
    await install('node_modules/waves', { ...known, version: '1.2.3' })
    await install('node_modules/@sea/waves', { ...known, version: '2.0.0' })
    await install('node_modules/other', { keywords: ['ashlar'] })
    await install('work/node_modules/waves', { ...known, version: '9.9.9' })
    await mkdir(join(folder, 'node_modules/broken'))
    await writeFile(join(folder, 'node_modules/broken/package.json'), '{')
    const before = process.cwd()
    process.chdir(join(folder, 'work'))
    try {
      const { packages } = await ashlarJson<{ packages: { name: string; version: string }[] }>(
        'plugins',
        '--available',
      )
      const ours = packages.filter(({ name }) => name.endsWith('waves'))
      assert.equal(
        ours.map(({ name, version }) => `${name} ${version}`),
        ['@sea/waves 2.0.0', 'waves 9.9.9'],
      )
      const { out } = await ashlar('plugins', '--available')
      assert.match(out, /waves 9\.9\.9 {2}Waves\. /)
      assert.match(out, /An experiment loads those that it names/)
    } finally {
      process.chdir(before)
    }
  }))

test.run()
