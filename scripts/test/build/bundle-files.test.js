import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, bundleFiles } from '../../build/bundle-files.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('bundleFiles')

test('one script of a module and what it imports, as a file and as text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-bundle-'))
  try {
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src/part.ts'), "export const part: string = '</script>'\n")
    writeFileSync(
      join(folder, 'src/main.ts'),
      "import { part } from './part.ts'\nObject.assign(globalThis, { part })\n",
    )
    const manifest = { bundled: { 'dist/browser/main.js': 'src/main.ts' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    assert.equal(await bundleFiles(folder), ['dist/browser/main.js'])
    const text = readFileSync(join(folder, 'dist/browser/main.js'), 'utf8')
    assert.is(text, await bundle(join(folder, 'src/main.ts')))
    // A page may hold it.
    assert.not.match(text, /<\/script/)
    const context = { part: '' }
    runInNewContext(text, context)
    assert.is(context.part, '</script>')
    writeFileSync(join(folder, 'package.json'), '{}')
    assert.equal(await bundleFiles(folder), [])
    assert.not.ok(existsSync(join(folder, 'dist/other')))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('for Node: a module with what it imports, but for the dependencies, which are imported by their names', () =>
  withFolder(
    {
      'package.json': JSON.stringify({
        dependencies: { installed: '1.0.0', plain: '1.0.0' },
        devDependencies: { common: '1.0.0' },
        bundled: {
          'dist/index.mjs': { from: 'src/index.ts', platform: 'node', required: ['plain'] },
        },
      }),
      'src/index.ts': `import { inner } from 'installed/inner.js'
import { shared } from 'installed'
import { separator } from 'common'
import * as plain from 'plain'
export * from 'plain'
import { sep } from 'node:path'
export const all: readonly unknown[] = [inner, shared, separator === sep]
export { shared, plain }
`,
      'node_modules/installed/package.json': '{ "type": "module", "main": "index.js" }',
      'node_modules/installed/index.js': 'export const shared = { by: "all" }',
      'node_modules/installed/inner.js': 'export const inner = "put in"',
      'node_modules/plain/index.js': 'for (const name of ["odd"]) exports[name] = {}',
      'node_modules/common/index.js': 'exports.separator = require("path").sep',
    },
    async (folder) => {
      assert.equal(await bundleFiles(folder), ['dist/index.mjs'])
      const file = join(folder, 'dist/index.mjs')
      const text = readFileSync(file, 'utf8')
      assert.match(text, /from "installed"/)
      assert.not.match(text, /by: "all"/)
      const built = await import(pathToFileURL(file).href)
      const installed = await import(
        pathToFileURL(join(folder, 'node_modules/installed/index.js')).href
      )
      assert.equal(built.all, ['put in', { by: 'all' }, true])
      assert.is(built.shared, installed.shared)
      // CommonJS whose names its text does not tell.
      assert.is(built.odd, createRequire(file)('plain').odd)
      assert.is(built.plain.odd, built.odd)
    },
  ))

test.run()
