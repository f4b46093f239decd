import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundlePackage, entriesOf } from '../../build/bundle-package.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('bundlePackage')

const PACKAGE = {
  'package.json': JSON.stringify({
    type: 'module',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './inner': { default: './dist/inner/inner.js' },
      './package.json': './package.json',
    },
    bin: { program: './dist/program.js' },
    bundled: { 'dist/apart/library.js': { from: 'src/apart/library.ts', platform: 'node' } },
  }),
  'dist/stale.js': 'export {}',
  'dist/index.d.ts': 'export {}',
  'src/program.ts': "import './index.ts'\n",
  'src/index.ts': `import { Shared, where } from './inner/inner.ts'
import { library } from './apart/library.ts'
import { other } from 'installed'
import type { Only } from './types.ts'
export const made: Shared = new Shared()
export const place: string = where
export const all: readonly unknown[] = [library, other]
export const later = async (): Promise<string> => (await import('./later/later.ts')).place
export type { Only }
`,
  'src/types.ts': 'export interface Only { readonly one: number }\n',
  'src/inner/inner.ts': `export class Shared {}
export const where: string = new URL('beside.txt', import.meta.url).href
`,
  'src/later/later.ts': 'export const place: string = import.meta.url\n',
  // Nobody imports it: it is a process.
  'src/inner/child.ts': `import { Shared } from './inner.ts'
export const kind: string = Shared.name + import.meta.url.slice(-8)
`,
  'src/apart/library.ts':
    "import { inner } from './inner.ts'\nexport const library: string = inner\n",
  'src/apart/inner.ts': "export const inner: string = ''\n",
  'dist/apart/library.mjs': '',
  'node_modules/installed/package.json': '{ "type": "module", "main": "index.js" }',
  'node_modules/installed/index.js': 'export const other = { by: "all" }',
}

test('a file for each module that is imported from outside or started, and for what they share', () =>
  withFolder(PACKAGE, async (folder) => {
    const written = await bundlePackage(folder)
    assert.equal(written.filter((path) => !path.startsWith('chunks/')).sort(), [
      'index.js',
      'inner/child.js',
      'inner/inner.js',
      'program.js',
    ])
    assert.throws(() => readFileSync(join(folder, 'dist/stale.js')), /ENOENT/)
    assert.is(readFileSync(join(folder, 'dist/index.d.ts'), 'utf8'), 'export {}')
    const text = written.map((path) => readFileSync(join(folder, 'dist', path), 'utf8')).join('')
    assert.match(text, /from "installed"/)
    assert.not.match(text, /by: "all"/)
  }))

test('what is shared is there once, and places are those of the modules', () =>
  withFolder(PACKAGE, async (folder) => {
    await bundlePackage(folder)
    // As it is bundled apart.
    const library = join(folder, 'dist/apart/library.js')
    mkdirSync(join(folder, 'dist/apart'), { recursive: true })
    writeFileSync(library, "export const library = 'apart'\n")
    /** @param {string} path */
    const load = (path) => import(pathToFileURL(join(folder, 'dist', path)).href)
    const [index, inner, child] = await Promise.all(
      ['index.js', 'inner/inner.js', 'inner/child.js'].map(load),
    )
    assert.instance(index.made, inner.Shared)
    assert.equal(index.all, ['apart', { by: 'all' }])
    const place = pathToFileURL(join(folder, 'dist')).href
    assert.is(index.place, `${place}/inner/beside.txt`)
    assert.is(await index.later(), `${place}/later/later.js`)
    assert.is(child.kind, 'Sharedchild.js')
  }))

test('what is imported for what it does is there, or package.json must say that it does something', () =>
  withFolder(PACKAGE, async (folder) => {
    const manifest = JSON.parse(PACKAGE['package.json'])
    /** @param {unknown} sideEffects */
    const declare = (sideEffects) =>
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, sideEffects }))
    writeFileSync(join(folder, 'src/registers.ts'), 'globalThis.registeredByTest = true\n')
    writeFileSync(join(folder, 'src/program.ts'), "import './registers.ts'\n")
    declare(false)
    await bundlePackage(folder).then(
      () => assert.unreachable(),
      ({ message }) =>
        assert.match(message, 'Ignoring this import because "src/registers.ts" was marked'),
    )
    declare(['./src/registers.ts'])
    await bundlePackage(folder)
    assert.match(readFileSync(join(folder, 'dist/program.js'), 'utf8'), 'registeredByTest')
  }))

const COMMON = {
  'package.json': JSON.stringify({
    ...{ type: 'module', exports: { '.': './dist/index.js' } },
    dependencies: { common: '1.0.0', needed: '1.0.0', both: '1.0.0', stood: '1.0.0' },
  }),
  'src/index.ts': `import 'needed'
import whole, { part as piece } from 'common'
import { esm } from 'both'
import { large } from 'stood'
export { part } from 'common'
export const all: readonly unknown[] = [piece, whole.part, esm, large]
`,
  'node_modules/needed/package.json': '{ "main": "index.js" }',
  'node_modules/needed/index.js': 'globalThis.needed = 1\n',
  'node_modules/common/package.json': '{ "main": "index.js" }',
  // Its names cannot be read from its text, and it wants something to be loaded before it.
  'node_modules/common/index.js':
    "if (globalThis.needed === undefined) throw new Error('first')\nconst made = { part: 'a part' }\nmodule.exports = made\n",
  'node_modules/both/package.json': JSON.stringify({
    exports: { '.': { import: './index.mjs', require: './index.cjs' } },
  }),
  'node_modules/both/index.mjs': "export const esm = 'of the module'\n",
  'node_modules/both/index.cjs': "exports.esm = 'of the other one'\n",
  'node_modules/stood/package.json': '{ "main": "index.js" }',
  'node_modules/stood/index.js': "exports.large = 'large'\n",
}

/** Modules and CommonJS in folders of their own, as tools write them: each has a package.json of its own, which says what its files are and nothing of entrances. */
const TWOFOLD = {
  'package.json': JSON.stringify({
    ...{ type: 'module', exports: { '.': './dist/index.js' } },
    dependencies: { folders: '1.0.0', otherwise: '1.0.0', plain: '1.0.0' },
  }),
  'src/index.ts': `import { kind } from 'folders'
import { kind as other } from 'otherwise'
import { kind as own } from 'plain'
export const all: readonly string[] = [kind, other, own]
`,
  'node_modules/folders/package.json': JSON.stringify({
    type: 'module',
    exports: { '.': { import: './esm/index.js', default: './cjs/index.js' } },
  }),
  'node_modules/folders/esm/index.js': "export const kind = 'module'\n",
  'node_modules/folders/cjs/package.json': '{ "type": "commonjs" }',
  'node_modules/folders/cjs/index.js': "exports.kind = 'CommonJS'\n",
  'node_modules/otherwise/package.json': JSON.stringify({
    exports: { '.': { require: './cjs/index.js', default: './esm/index.js' } },
  }),
  'node_modules/otherwise/cjs/index.js': "exports.kind = 'CommonJS'\n",
  'node_modules/otherwise/esm/package.json': '{ "type": "module" }',
  'node_modules/otherwise/esm/index.js': "export const kind = 'module'\n",
  'node_modules/plain/package.json': '{ "main": "index.mjs" }',
  'node_modules/plain/index.mjs': "export const kind = await 'module'\n",
}

test('packages that have modules as well stay imports, wherever their files lie', () =>
  withFolder(TWOFOLD, async (folder) => {
    await bundlePackage(folder)
    const file = join(folder, 'dist/index.js')
    assert.not.match(readFileSync(file, 'utf8'), 'createRequire')
    const { all } = await import(pathToFileURL(file).href)
    assert.equal(all, ['module', 'module', 'module'])
  }))

test('packages that are CommonJS alone are required by the names that they have', () =>
  withFolder(COMMON, async (folder) => {
    await bundlePackage(folder, new Map([['stood', '@ashlar/stood']]))
    const file = join(folder, 'dist/index.js')
    const text = readFileSync(file, 'utf8')
    assert.match(text, /createRequire\w*\(import\.meta\.url\)\("common"\)/)
    assert.not.match(text, /from "(common|needed)"/)
    // Another package stands for it, as a module.
    assert.match(text, /from "stood"/)
    const { all, part } = await import(pathToFileURL(file).href)
    assert.equal(all, ['a part', 'a part', 'of the module', 'large'])
    assert.is(part, 'a part')
  }))

test('entries are what is exported and what no module imports, but for what is bundled apart', () =>
  withFolder(PACKAGE, (folder) => {
    assert.equal(entriesOf(join(folder, 'src'), new Set(['apart/library.ts'])).sort(), [
      ...['index.ts', 'inner/child.ts', 'inner/inner.ts', 'program.ts'],
    ])
  }))

test.run()
