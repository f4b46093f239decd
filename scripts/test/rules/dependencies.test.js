import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { declaredImports } from '../../rules/dependencies.js'
import { problemsOf } from '../support/problems.js'

const test = suite('declaredImports')

/**
 * @param {Record<string, unknown>} manifest
 * @param {string} text
 */
function judge(manifest, text) {
  const files = { 'packages/cli/package.json': manifest, 'packages/cli/src/a.ts': text }
  return problemsOf(declaredImports, files)
}

test('accepts what is declared, its own name, what comes with Node, and relative files', () => {
  const text = `import { z } from 'zod'
import fs from 'fs'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor'
import { b } from './b.ts'
const own = await import('@ashlar/cli')
`
  const dependencies = { zod: '1.0.0' }
  const peerDependencies = { '@tensorflow/tfjs-core': '1.0.0' }
  assert.equal(judge({ name: '@ashlar/cli', dependencies, peerDependencies }, text), [])
})

test('refuses what is not declared, or for tests alone', () => {
  const text = "import { z } from 'zod'\n"
  assert.equal(judge({}, text), [
    'packages/cli/src/a.ts:1: zod must be declared in packages/cli/package.json',
  ])
  assert.equal(judge({ devDependencies: { zod: '1.0.0' } }, text), [
    'packages/cli/src/a.ts:1: zod must be a dependency in packages/cli/package.json, not a devDependency',
  ])
  assert.equal(judge({ private: true, devDependencies: { zod: '1.0.0' } }, text), [])
})

test('finds every import of a line, and those over several', () => {
  const text = "const all = [import('node:fs'), import('zod'), import(\n  'uvu'\n)]\n"
  assert.equal(judge({}, text), [
    'packages/cli/src/a.ts:1: zod must be declared in packages/cli/package.json',
    'packages/cli/src/a.ts:2: uvu must be declared in packages/cli/package.json',
  ])
})

test('a package that stands for another is what a published one depends on', () => {
  const text = "import { big } from 'big'\n"
  const standIn = { name: '@ashlar/small', standsFor: 'big', dependencies: {} }
  /** @param {object} manifest */
  const problems = (manifest) =>
    problemsOf(declaredImports, {
      'packages/small/package.json': standIn,
      'packages/cli/package.json': manifest,
      'packages/cli/src/a.ts': text,
    })
  const dependencies = { '@ashlar/small': 'workspace:*' }
  assert.equal(problems({ dependencies, devDependencies: { big: '1.0.0' } }), [])
  assert.equal(problems({ dependencies: { big: '1.0.0' } }), [
    'packages/cli/package.json: big must be a devDependency, and @ashlar/small, which stands for it, a dependency',
  ])
  assert.equal(problems({ devDependencies: { big: '1.0.0' } }), [
    'packages/cli/src/a.ts:1: big must be a dependency in packages/cli/package.json, not a devDependency',
  ])
})

test('what the build puts into a file for Node need not be installed with it', () => {
  /** @param {unknown} bundled */
  const problems = (bundled) =>
    problemsOf(declaredImports, {
      'packages/cli/package.json': { devDependencies: { zod: '1.0.0' }, bundled },
      'packages/cli/src/a.ts': "import { z } from 'zod'\n",
      'packages/cli/src/b.ts': "import { z } from 'zod'\n",
      'packages/cli/src/c.ts': "import { none } from 'none'\n",
    })
  const text = (/** @type {string} */ file) =>
    `packages/cli/src/${file}.ts:1: zod must be a dependency in packages/cli/package.json, not a devDependency`
  const none = 'packages/cli/src/c.ts:1: none must be declared in packages/cli/package.json'
  assert.equal(problems({ 'dist/a.js': { from: 'src/a.ts', platform: 'node' } }), [text('b'), none])
  assert.equal(
    problems({
      'dist/b.js': { from: 'src/b.ts', platform: 'node' },
      'dist/c.js': { from: 'src/c.ts', platform: 'node' },
    }),
    [text('a'), none],
  )
  // A file for browsers is made beside the module, which is there for Node as well.
  assert.equal(problems({ 'dist/browser/a.js': 'src/a.ts' }), [text('a'), text('b'), none])
})

test('leaves out what is looked up by name', () => {
  assert.equal(judge({}, "const found = import.meta.resolve('tsx/esm')\n"), [])
})

test('refuses what a guide imports and the package that runs it does not declare', () => {
  const files = {
    'packages/docs/package.json': { devDependencies: { '@ashlar/core': 'workspace:*' } },
    'docs/guides/own.md':
      "```ts\nimport { Model } from '@ashlar/core'\nimport { a } from '@ashlar/experiment'\n```\n",
  }
  assert.equal(problemsOf(declaredImports, files), [
    'docs/guides/own.md:3: @ashlar/experiment must be declared in packages/docs/package.json',
  ])
})

test.run()
