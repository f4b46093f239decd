import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importDirections } from '../../rules/imports.js'
import { problemsOf } from '../support/problems.js'

const test = suite('importDirections')

/**
 * @param {string} text
 * @param {string} [path]
 */
function judge(text, path = 'packages/core/src/a/b.ts') {
  const folder = path.split('/').slice(0, 2).join('/')
  return problemsOf(importDirections, { [`${folder}/package.json`]: {}, [path]: text })
}

test('accepts imports of packages to the left and of its own files', () => {
  const text = `import { x } from '../c.ts'
import { ConfigError } from '@ashlar/errors'
import type { Graph } from '@ashlar/graph'
import { readFile } from 'node:fs/promises'
const later = await import('./d.ts')
`
  assert.equal(judge(text), [])
})

test('refuses imports to the right, or beside', () => {
  assert.equal(judge("import { x } from '@ashlar/export'\n"), [
    'packages/core/src/a/b.ts:1: core must not import export',
  ])
  assert.equal(judge("const x = await import('@ashlar/native')\n"), [
    'packages/core/src/a/b.ts:1: core must not import native',
  ])
  assert.equal(judge("export { x } from '@ashlar/datasets'\n", 'packages/blocks/src/b.ts'), [
    'packages/blocks/src/b.ts:1: blocks must not import datasets',
  ])
})

test('lets tests import neighbours, through their exports', () => {
  const path = 'packages/export/test/b.test.ts'
  assert.equal(judge("import { x } from '@ashlar/blocks'\n", path), [])
  assert.equal(judge("import { x } from '@ashlar/blocks/src/x.ts'\n", path), [
    `${path}:1: another package is imported through its exports, not its files`,
  ])
})

test('refuses relative imports that leave the package', () => {
  assert.equal(judge("\nimport { x } from '../../../graph/src/index.ts'\n"), [
    'packages/core/src/a/b.ts:2: a relative import must stay in its package',
  ])
})

test('takes no notice of examples in comments', () => {
  assert.equal(judge(" * import { x } from '@ashlar/cli'\n// import '@ashlar/cli'\n"), [])
})

test('refuses dependencies to the right, and packages without a place', () => {
  const manifest = {
    dependencies: { '@ashlar/graph': 'workspace:*', '@ashlar/core': 'workspace:*', zod: '1.0.0' },
    devDependencies: { '@ashlar/cli': 'workspace:*', '@ashlar/blocks': 'workspace:*' },
  }
  assert.equal(problemsOf(importDirections, { 'packages/graph/package.json': manifest }), [
    'packages/graph/package.json: graph must not depend on graph',
    'packages/graph/package.json: graph must not depend on core',
    'packages/graph/package.json: graph must not depend on cli',
    'packages/graph/package.json: graph must not depend on blocks',
  ])
  assert.equal(problemsOf(importDirections, { 'packages/new/package.json': {} }), [
    'packages/new/package.json: the package must have its place in the rows of scripts/rules/imports.js',
  ])
})

test.run()
