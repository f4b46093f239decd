import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registryHosts } from '../../rules/hosts.js'
import { problemsOf } from '../support/problems.js'

const test = suite('registryHosts')

/** @type {typeof registryHosts} */
const withoutOwn = (workspace) => registryHosts(workspace, [])

// Put together here, so that this file names none.
const HOSTS = [
  ['registry', 'some-mirror', 'org'],
  ['www', 'npmjs', 'com'],
  ['files', 'pythonhosted', 'org'],
]

for (const host of HOSTS.map((parts) => parts.join('.'))) {
  test(`refuses ${host}`, () => {
    const text = `fine\nsee https://${host}/x\n`
    assert.equal(problemsOf(withoutOwn, { 'README.md': text }), [
      'README.md:2: a registry host must not be named',
    ])
  })
}

test('refuses addresses of packages in a lockfile', () => {
  const text = 'packages:\n  x@1.0.0:\n    resolution:\n      tarball: https://host/x.tgz\n'
  assert.is(problemsOf(withoutOwn, { 'pnpm-lock.yaml': text }).length, 1)
})

test("refuses the hosts of this machine's registries", () => {
  const text = 'npm config set x https://mirror.example:4873/\n'
  /** @type {typeof registryHosts} */
  const withOwn = (workspace) => registryHosts(workspace, ['mirror.example:4873'])
  assert.is(problemsOf(withOwn, { 'docs/a.md': text }).length, 1)
  assert.equal(problemsOf(withoutOwn, { 'docs/a.md': text }), [])
})

test('accepts other addresses, and words', () => {
  const text = 'https://nodejs.org/ the npm registry, registry.ts, `registry.register(x)`, PyPI\n'
  assert.equal(problemsOf(withoutOwn, { 'README.md': text }), [])
})

test.run()
