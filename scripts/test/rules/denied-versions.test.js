import semver from 'semver'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DENIED, deniedVersions } from '../../rules/denied-versions.js'
import { problemsOf } from '../support/problems.js'

const test = suite('deniedVersions')

test('finds bad releases in a lockfile of pnpm', () => {
  const text = `lockfileVersion: '9.0'
packages:
  '@scope/protobufjs@6.11.2':
    resolution: {integrity: sha512-x}
  protobufjs@6.11.2:
    resolution: {integrity: sha512-x}
  protobufjs@6.11.6:
    resolution: {integrity: sha512-x}
`
  assert.equal(problemsOf(deniedVersions, { 'pnpm-lock.yaml': text }), [
    `pnpm-lock.yaml: protobufjs must not be ${DENIED[0]?.range}, got 6.11.2 (${DENIED[0]?.reason})`,
  ])
})

test('finds bad releases in a lockfile of npm, at any depth', () => {
  const packages = {
    '': { name: 'x', version: '0.0.1' },
    'node_modules/tar': { version: '7.5.23' },
    'node_modules/a/node_modules/tar': { version: '6.2.1' },
    'node_modules/@scope/tar': { version: '6.2.1' },
  }
  assert.equal(problemsOf(deniedVersions, { 'x/package-lock.json': { packages } }), [
    'x/package-lock.json: tar must not be <7.5.11, got 6.2.1 (CVE-2026-23745, CVE-2026-29786, CVE-2026-31802)',
  ])
})

test('has only ranges that can be read', () => {
  for (const { name, range } of DENIED) assert.ok(semver.validRange(range), name)
})

test.run()
