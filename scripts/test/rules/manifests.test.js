import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { manifests } from '../../rules/manifests.js'
import { problemsOf } from '../support/problems.js'

const test = suite('manifests')

const ROOT = { version: '0.1.0', license: 'Apache-2.0', engines: { node: '>=20' } }
const GOOD = {
  name: '@ashlar/a',
  version: '0.1.0',
  description: 'An a.',
  license: 'Apache-2.0',
  type: 'module',
  engines: { node: '>=20' },
  files: ['dist', 'src'],
  exports: {
    '.': {
      '@ashlar/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
    './package.json': './package.json',
  },
  bin: { a: './dist/main.js' },
  scripts: { test: 'node ../../scripts/test.js a' },
  dependencies: { '@ashlar/b': 'workspace:*', zod: 'catalog:', small: '1.2.3' },
}

/**
 * @param {object} manifest
 * @param {Record<string, string | object>} [more]
 */
function judge(manifest, more = {}) {
  return problemsOf(manifests, {
    'package.json': ROOT,
    'packages/a/package.json': manifest,
    'packages/a/README.md': '```ts\n```\n',
    'packages/a/src/index.ts': '',
    'packages/a/src/main.ts': '',
    'packages/a/test/index.test.ts': '',
    ...more,
  }).map((line) => line.replace('packages/a/package.json: ', ''))
}

test('accepts a package as it should be', () => {
  assert.equal(judge(GOOD), [])
})

test('wants the same fields everywhere', () => {
  const { description, ...rest } = GOOD
  const changed = { ...rest, name: 'a', version: '1.0.0', license: 'MIT', engines: {}, scripts: {} }
  assert.equal(judge({ ...changed, type: 'commonjs', files: ['dist'] }), [
    'name must be @ashlar/a, got a',
    'version must be 0.1.0, got 1.0.0',
    'license must be Apache-2.0, got MIT',
    'type must be module, got commonjs',
    'engines must be those of the root',
    'the script test must be: node ../../scripts/test.js a',
    'files must have dist and src',
    'a description must be given',
  ])
})

test('wants exports and programs whose sources exist', () => {
  const exports = { '.': './dist/missing.js', './x': './src/x.ts' }
  assert.equal(judge({ ...GOOD, exports, bin: './dist/no.js' }), [
    './dist/missing.js must stand for a file, there is no src/missing.ts',
    './src/x.ts must stand for a file, there is no src/x.ts',
    './dist/no.js must stand for a file, there is no src/no.ts',
    'exports must have ./package.json',
  ])
})

test('wants a README with an example, and tests', () => {
  const files = { 'package.json': ROOT, 'packages/a/package.json': { ...GOOD, private: true } }
  assert.equal(problemsOf(manifests, { ...files, 'packages/a/README.md': 'words' }), [
    'packages/a/package.json: a README.md with an example must lie beside it',
    'packages/a/package.json: test/ must exist',
  ])
})

test('wants exact versions, and shared ones in the catalog', () => {
  const other = { private: true, devDependencies: { small: '1.2.3' } }
  assert.equal(
    judge(
      { ...GOOD, dependencies: { loose: '^1.0.0', small: '1.2.3' } },
      { 'bench/package.json': other },
    ),
    [
      'loose must have an exact version, got ^1.0.0',
      'bench/package.json: small must be in the catalog: packages/a uses it as well',
    ],
  )
})

test.run()
