// Declares the kinds of plugins.
import '@ashlar/core'
import { Registry } from '@ashlar/plugins'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPlugins } from '../../src/plugins/load-plugins.ts'

const test = suite('load plugins')

// Written as others write them: without our types, and in a folder where nothing of ours can be imported.
const plugin = (name: string) => `{
  kind: 'metric', name: '${name}', description: 'Nothing.',
  options: { shape: {}, safeParse: (data) => ({ success: true, data }) },
  create: () => ({ name: '${name}' }),
}`

const files = {
  'plugins/mine.mjs': `export const plugins = [${plugin('mine')}]`,
  'plugins/typed.ts': `export const plugins: unknown[] = [${plugin('typed')}]`,
  'plugins/none.mjs': 'export const plugin = 3',
  'node_modules/ashlar-plugin-x/package.json': JSON.stringify({
    name: 'ashlar-plugin-x',
    version: '1.0.0',
    type: 'module',
    // As many packages have it: nothing for require().
    exports: { import: './main.js' },
  }),
  'node_modules/ashlar-plugin-x/main.js': `export const plugins = [${plugin('from-x')}]`,
}

const load = async (names: readonly string[], folder: string) => {
  const registry = new Registry()
  await loadPlugins(registry, names, folder)
  return registry.list('metric').map(({ plugin: { name }, owner }) => `${name} by ${owner}`)
}

test('by path and by package, from the folder of the experiment', () =>
  inScratch(files, async (folder) => {
    const names = ['./plugins/mine.mjs', './plugins/typed.ts', 'ashlar-plugin-x']
    assert.equal(await load(names, folder), [
      'mine by ./plugins/mine.mjs',
      'typed by ./plugins/typed.ts',
      'from-x by ashlar-plugin-x',
    ])
  }))

test('a name that two bring is refused', () =>
  inScratch(
    { ...files, 'again.mjs': `export const plugins = [${plugin('mine')}]` },
    async (folder) => {
      assert.match(
        await refusal(() => load(['./plugins/mine.mjs', './again.mjs'], folder)),
        /\.\/plugins\/mine\.mjs and \.\/again\.mjs both register it$/,
      )
    },
  ))

test('missing modules are named, with what to do', () =>
  inScratch(files, async (folder) => {
    assert.match(
      await refusal(() => load(['./plugins/lost.mjs'], folder)),
      /lost\.mjs: the file must exist$/,
    )
    assert.is(
      await refusal(() => load(['ashlar-plugin-y'], folder)),
      'plugins: must be packages that are installed, or paths that begin with ./, got "ashlar-plugin-y"\n' +
        `  Looked from ${folder}. Install the package there: npm install ashlar-plugin-y`,
    )
  }))

test('a module without plugins is refused', () =>
  inScratch(files, async (folder) => {
    assert.is(
      await refusal(() => load(['./plugins/none.mjs'], folder)),
      './plugins/none.mjs: the module must export an array of plugins: `export const plugins = [...]`',
    )
  }))

test.run()
