import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importCircles } from '../../rules/circles.js'
import { problemsOf } from '../support/problems.js'

const test = suite('importCircles')

/** @param {Record<string, string>} files name in src to content. */
function judge(files) {
  const paths = Object.entries(files).map(([name, text]) => [`packages/core/src/${name}`, text])
  return problemsOf(importCircles, {
    'packages/core/package.json': {},
    ...Object.fromEntries(paths),
  })
}

test('accepts files that point one way, and tests that point anywhere', () => {
  const files = {
    'a.ts': "import { b } from './b/b.ts'\nimport { c } from './c.ts'\n",
    'b/b.ts': "import type { C } from '../c.ts'\n",
    'c.ts': "import { x } from '@ashlar/graph'\nimport { gone } from './gone.ts'\n",
    '../test/a.ts': "import './b.ts'\n",
    '../test/b.ts': "import './a.ts'\n",
  }
  assert.equal(judge(files), [])
})

test('refuses a circle once, by its shortest way, imports of types included', () => {
  const files = {
    'a.ts': "import type { B } from './b/b.ts'\n",
    'b/b.ts': "export { c } from '../c.ts'\n",
    'c.ts': "const later = await import('./a.ts')\n",
    'd.ts': "import './a.ts'\n",
  }
  assert.equal(judge(files), [
    'packages/core/src/a.ts: files must not import one another in a circle: a.ts -> b/b.ts -> c.ts -> a.ts',
  ])
})

test('refuses a circle in whatever way its imports are written', () => {
  const ways = [
    "const both = [import('./c.ts'), import('./a.ts')]",
    "const later = import(\n  './a.ts'\n)",
    'const later = import(`./a.ts`)',
    "import a from './a.js'",
    "import a from './a'",
    "import a = require('./a.ts')",
    "declare module './a.ts' {}",
    "type A = import('./a.ts').A",
    "/// <reference path='a.ts' />",
  ]
  for (const text of ways) {
    assert.equal(
      judge({ 'a.ts': "import './b.ts'\n", 'b.ts': text, 'c.ts': '' }),
      [
        'packages/core/src/a.ts: files must not import one another in a circle: a.ts -> b.ts -> a.ts',
      ],
      text,
    )
  }
  const others = {
    'a/index.mts': "import '../b.mjs'\n",
    'b.mjs': "/** @type {import('./a').A} */\n",
  }
  assert.equal(judge(others), [
    'packages/core/src/a/index.mts: files must not import one another in a circle: a/index.mts -> b.mjs -> a/index.mts',
  ])
})

test('takes no notice of a program that is only started', () => {
  const files = {
    'pool.ts': "new Worker(new URL('./worker.ts', import.meta.url))\n",
    'worker.ts': "import './pool.ts'\n",
  }
  assert.equal(judge(files), [])
})

test('refuses a file that imports itself', () => {
  assert.equal(judge({ 'a.ts': "import { a } from './a.ts'\n" }), [
    'packages/core/src/a.ts: files must not import one another in a circle: a.ts -> a.ts',
  ])
})

test('takes no notice of examples in comments', () => {
  const files = {
    'a.ts': "import './b.ts'\n",
    'b.ts': "// import './a.ts'\n/** import './a.ts' */\n",
  }
  assert.equal(judge(files), [])
})

test('refuses folders that import one another, by files that do not', () => {
  const files = {
    'a/one.ts': "import './two.ts'\nimport type { B } from '../b/one.ts'\n",
    'a/two.ts': '',
    'b/one.ts': '',
    'b/two.ts': "import '../c/deep/one.ts'\n",
    'c/deep/one.ts': "import '../../a/two.ts'\n",
  }
  assert.equal(judge(files), [
    'packages/core/src/a/one.ts: what lies in one folder must not import one another in a circle: a -> b -> c -> a',
  ])
})

test('refuses a folder and a file beside it that import one another, at any depth', () => {
  const files = {
    'a/index.ts': "import './b/one.ts'\n",
    'a/b/one.ts': "import '../shared.ts'\n",
    'a/b/two.ts': "import '../other.ts'\n",
    'a/shared.ts': '',
    'a/other.ts': "import './b/three.ts'\n",
    'a/b/three.ts': '',
  }
  assert.equal(judge(files), [
    'packages/core/src/a/b/two.ts: what lies in one folder must not import one another in a circle: a/b -> a/other.ts -> a/b',
  ])
})

test('accepts folders within folders that use what lies beside them', () => {
  const files = {
    'index.ts': "import './a/b/one.ts'\nimport './c/one.ts'\n",
    'a/b/one.ts': "import '../shared.ts'\nimport '../../c/one.ts'\n",
    'a/shared.ts': '',
    'a/all.ts': "import './b/one.ts'\n",
    'c/one.ts': "import { x } from '@ashlar/graph'\n",
  }
  assert.equal(judge(files), [])
})

test('tells circles of files first: those of folders may follow from them', () => {
  const files = { 'a/one.ts': "import '../b/one.ts'\n", 'b/one.ts': "import '../a/one.ts'\n" }
  assert.equal(judge(files), [
    'packages/core/src/a/one.ts: files must not import one another in a circle: a/one.ts -> b/one.ts -> a/one.ts',
  ])
})

test.run()
