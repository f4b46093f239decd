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
  assert.equal(judge("/**\n * import { x } from '@ashlar/cli'\n */\n// import '@ashlar/cli'\n"), [])
})

test('refuses imports to the right in whatever way they are written', () => {
  const problem = 'core must not import cli'
  const ways = [
    "const all = [await import('@ashlar/errors'), await import('@ashlar/cli')]",
    "const x = await import(\n  '@ashlar/cli'\n)",
    "import {\n  x,\n} from\n  '@ashlar/cli'",
    'const x = await import(`@ashlar/cli`)',
    "import x = require('@ashlar/cli')",
    "declare module '@ashlar/cli' {}",
    "let x: import('@ashlar/cli').X",
    '/// <reference types="@ashlar/cli" />',
    "import x from '@ashlar/cli/runs'",
  ]
  for (const text of ways) {
    const found = judge(`${text}\n`).map((each) => each.replace(/:\d+:/, ':'))
    assert.equal(found, [`packages/core/src/a/b.ts: ${problem}`], text)
  }
  const inComment = "/** @type {import('@ashlar/cli').X} */\n"
  assert.equal(judge(inComment, 'packages/core/src/b.js'), [`packages/core/src/b.js:1: ${problem}`])
  for (const ending of ['mts', 'cts', 'tsx', 'mjs', 'cjs', 'jsx']) {
    const path = `packages/core/src/b.${ending}`
    assert.equal(judge("import '@ashlar/cli'\n", path), [`${path}:1: ${problem}`])
  }
})

test('refuses what only a running program could tell', () => {
  const problem = 'what is imported must be written out, or nobody can tell where it leads'
  for (const text of [
    `import(\`@ashlar/\${name}\`)`,
    "import('@ashlar/' + name)",
    `import(\`./\${x}\`)`,
  ]) {
    assert.equal(judge(text), [`packages/core/src/a/b.ts:1: ${problem}`], text)
  }
  // A plugin of somebody else's has the name that its user says.
  assert.equal(judge('import(name)'), [])
  assert.equal(judge(`import(\`./\${x}.ts\`)`, 'packages/core/test/b.ts'), [])
})

test('refuses a package that imports itself by name: circles would not be seen', () => {
  assert.equal(judge("import { x } from '@ashlar/core'\n"), [
    'packages/core/src/a/b.ts:1: a package imports its own files by their relative paths',
  ])
  assert.equal(judge("import { x } from '@ashlar/core'\n", 'packages/core/test/b.ts'), [])
})

test('refuses to ship what lies outside of src', () => {
  const problem = 'what is shipped must not import what lies outside of src'
  for (const path of ['../../test/support/x.ts', '../../test/support/x', '../../test/x.mjs']) {
    assert.equal(judge(`import { x } from '${path}'\n`), [`packages/core/src/a/b.ts:1: ${problem}`])
  }
  const json = "import own from '../../package.json' with { type: 'json' }\n"
  assert.equal(judge(json), [])
  assert.equal(judge("import { x } from './support.ts'\n", 'packages/core/test/a.test.ts'), [])
})

test('refuses files of packages to the right, and of any other where it is shipped', () => {
  const use = (/** @type {string} */ path) => `new URL('${path}', import.meta.url)\n`
  assert.equal(judge(use('../../../cli/src/bin.ts')), [
    'packages/core/src/a/b.ts:1: core must not use files of cli',
  ])
  assert.equal(judge(use('../../cli/src/bin.ts'), 'packages/core/test/b.test.ts'), [
    'packages/core/test/b.test.ts:1: core must not use files of cli',
  ])
  assert.equal(judge(use('../../../graph/src/index.ts')), [
    'packages/core/src/a/b.ts:1: another package is imported through its exports, not its files',
  ])
  assert.equal(judge(use('../../core/src/index.ts'), 'packages/cli/test/b.test.ts'), [])
  assert.equal(judge(use('../../package.json')), [])
  assert.equal(judge(use('./worker.ts')), [])
})

test('refuses dependencies to the right, and packages without a place', () => {
  const manifest = {
    dependencies: { '@ashlar/graph': 'workspace:*', '@ashlar/core': 'workspace:*', zod: '1.0.0' },
    optionalDependencies: { '@ashlar/native': 'workspace:*' },
    devDependencies: { '@ashlar/cli': 'workspace:*', '@ashlar/blocks': 'workspace:*' },
  }
  assert.equal(problemsOf(importDirections, { 'packages/graph/package.json': manifest }), [
    'packages/graph/package.json: graph must not depend on graph',
    'packages/graph/package.json: graph must not depend on core',
    'packages/graph/package.json: graph must not depend on native',
    'packages/graph/package.json: graph must not depend on cli',
    'packages/graph/package.json: graph must not depend on blocks',
  ])
  assert.equal(problemsOf(importDirections, { 'packages/new/package.json': {} }), [
    'packages/new/package.json: the package must have its place in the rows of scripts/rules/imports.js',
  ])
})

test.run()
