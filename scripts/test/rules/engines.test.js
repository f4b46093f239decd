import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engines } from '../../rules/engines.js'
import { problemsOf } from '../support/problems.js'

const test = suite('engines')

/** @param {string} range of the package `deep`, which `@a/wide` depends on. */
const files = (range, isPrivate = false) => ({
  'packages/a/package.json': { private: isPrivate },
  'pnpm-lock.yaml': `
importers:
  packages/a:
    dependencies: { '@a/wide': { specifier: 1.0.0, version: 1.0.0(peer@2.0.0) }, own: { specifier: 'workspace:*', version: 'link:../own' } }
    devDependencies: { tool: { specifier: 1.0.0, version: 1.0.0 } }
packages:
  '@a/wide@1.0.0': { engines: { node: '>=18' } }
  deep@1.1.0: { engines: { node: '${range}' } }
  tool@1.0.0: { engines: { node: '>=26' } }
  free@1.0.0: { resolution: {} }
snapshots:
  '@a/wide@1.0.0(peer@2.0.0)': { dependencies: { alias: deep@1.1.0, free: 1.0.0 } }
  deep@1.1.0: { dependencies: { '@a/wide': 1.0.0(peer@2.0.0) } }
`,
})

test('accepts what takes every Node', () => {
  assert.equal(problemsOf(engines, files('^20.19.0 || ^22.12.0 || >=24')), [])
  assert.equal(problemsOf(engines, files('>=22', true)), [])
})

test('says what npm would warn of, and what brings it', () => {
  const by = '(@a/wide@1.0.0(peer@2.0.0) brings it)'
  for (const [range, nodes] of [
    ['>=22', '20.19.0'],
    ['^20.19.0', '22.12.0, 24.0.0, 26.0.0'],
    ['>=20.20', '20.19.0'],
    ['20 || 22 || 24', '26.0.0'],
  ]) {
    assert.equal(problemsOf(engines, files(String(range))), [
      `pnpm-lock.yaml: deep@1.1.0 must take Node ${nodes}, and asks for ${range} ${by}`,
    ])
  }
})

test.run()
