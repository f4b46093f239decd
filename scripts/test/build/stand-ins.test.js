import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renamed, standIns, useStandIns } from '../../build/stand-ins.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('stand-ins')

test('a name is exchanged where something is imported or looked up, and nowhere else', () => {
  const change = (/** @type {string} */ text) => renamed(text, '@big/one', '@our/one')
  for (const [from, to] of [
    ["import * as big from '@big/one';", "import * as big from '@our/one';"],
    ['export { a } from "@big/one"', 'export { a } from "@our/one"'],
    ["import '@big/one'", "import '@our/one'"],
    ["await import('@big/one')", "await import('@our/one')"],
    ["require('@big/one/dist/a.js')", "require('@our/one/dist/a.js')"],
    ["createRequire2(import.meta.url)('@big/one')", "createRequire2(import.meta.url)('@our/one')"],
    ["x.resolve('@big/one/package.json')", "x.resolve('@our/one/package.json')"],
    ["typeof import('@big/one')", "typeof import('@our/one')"],
  ]) {
    assert.is(change(String(from)), to)
    assert.is(change(String(to)), to)
  }
  assert.is(renamed("from 'a-b'; from 'a.b'", 'a.b', 'c'), "from 'a-b'; from 'c'")
  for (const text of [
    "import '@big/one-more'",
    "import '@big'",
    "const name = '@big/one'",
    "{ '@big/one': 1 }",
    'npm install @big/one',
    "import { a } from './@big/one'",
  ]) {
    assert.is(change(text), text)
  }
})

test('the build writes them into packages that depend on them, and copies into those that have one', () => {
  const manifests = {
    small: { name: '@our/small', standsFor: 'big', dependencies: {} },
    copy: { name: '@our/copy', standsFor: 'large' },
    user: { name: '@our/user', dependencies: { '@our/small': 'workspace:*' } },
    other: { name: '@our/other', dependencies: { big: '1.0.0' } },
  }
  const texts = Object.entries(manifests).flatMap(([name, manifest]) => [
    [`${name}/package.json`, JSON.stringify(manifest)],
    ...['index.js', 'index.d.ts', 'index.js.map'].map((file) => [
      `${name}/dist/${file}`,
      `export * from '${name === 'copy' ? 'large' : 'big'}'\n`,
    ]),
  ])
  return withFolder(
    { ...Object.fromEntries(texts), 'copy/vendor/package.json': '{}', 'none/README.md': '' },
    (root) => {
      const names = standIns(root)
      assert.equal([...names].sort(), [
        ['big', '@our/small'],
        ['large', '@our/copy'],
      ])
      const read = (/** @type {string} */ name, file = 'index.js') =>
        readFileSync(join(root, name, 'dist', file), 'utf8')
      const written = useStandIns(join(root, 'user'), names)
      assert.equal(written.sort(), ['dist/index.d.ts', 'dist/index.js'])
      assert.is(read('user'), "export * from '@our/small'\n")
      assert.is(read('user', 'index.js.map'), "export * from 'big'\n")
      assert.equal(useStandIns(join(root, 'user'), names), [])
      assert.equal(useStandIns(join(root, 'other'), names), [])
      assert.equal(useStandIns(join(root, 'small'), names), [])
      assert.is(useStandIns(join(root, 'copy'), names).length, 2)
      assert.is(read('copy'), "export * from '../vendor/dist/index.js'\n")
    },
  )
})

test.run()
