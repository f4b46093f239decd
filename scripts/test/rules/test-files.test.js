import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { testFiles } from '../../rules/test-files.js'
import { problemsOf } from '../support/problems.js'

const test = suite('testFiles')
const PATH = 'packages/a/test/x.test.ts'

test('accepts a file whose suites are run', () => {
  const text =
    "const a = suite('a')\nconst b = suite<{ n: number }>('b', { n: 1 })\na.run()\nb.run()\n"
  assert.equal(problemsOf(testFiles, { [PATH]: text }), [])
})

test('looks at test files alone', () => {
  assert.equal(
    problemsOf(testFiles, { 'packages/a/test/support/x.ts': '', 'src/x.test.ts': '' }),
    [],
  )
})

test('wants .run() at the end, once for each suite', () => {
  const tiered = "const { test, slow } = tieredSuite('a')\nslow('x', () => {})\n"
  assert.equal(problemsOf(testFiles, { [PATH]: `${tiered}test.run()\n` }), [])
  assert.ok(
    problemsOf(testFiles, { [PATH]: tiered }).includes(
      `${PATH}: the suite test must be run: test.run()`,
    ),
  )
  assert.equal(problemsOf(testFiles, { [PATH]: "const a = suite('a')\na('x', () => {})\n" }), [
    `${PATH}: the last line must be a .run()`,
    `${PATH}: the suite a must be run: a.run()`,
  ])
  const two = "const a = suite('a')\nconst b = suite('b')\nb.run()\n"
  assert.equal(problemsOf(testFiles, { [PATH]: two }), [
    `${PATH}: the suite a must be run: a.run()`,
  ])
})

test('refuses .only', () => {
  const text = "const a = suite('a')\na.only('x', () => {})\na.run()\n"
  assert.equal(problemsOf(testFiles, { [PATH]: text }), [
    `${PATH}: .only leaves out the other tests`,
  ])
})

test.run()
