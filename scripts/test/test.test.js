import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HEAD, PASSING, runTests } from './support/run-tests.js'

const test = suite('scripts/test.js')

test('adds up the tests of all packages', async () => {
  const { code, lines, last } = await runTests({
    'a/test/one.test.ts': `${HEAD}t('1', () => {})\nt('2', () => {})\nt.skip('3', () => {})\nt.run()\n`,
    'a/test/deeper/two.test.ts': PASSING,
    'a/test/peers/three.test.ts': `${HEAD}t('x', () => { throw new Error('not in this tier') })\nt.run()\n`,
    'b/test/four.test.ts': PASSING,
  })
  assert.is(last, '4 passed, 0 failed')
  assert.is(lines.at(-2), '1 skipped')
  assert.is(code, 0)
})

test('counts failed tests and shows them', async () => {
  const { code, lines, last } = await runTests({
    'a/test/one.test.ts': `${HEAD}t('1', () => { assert.is(1, 2) })\nt('2', () => {})\nt.run()\n`,
  })
  assert.is(last, '1 passed, 1 failed')
  assert.is(code, 1)
  assert.ok(lines.includes('  a/test/one.test.ts: 1 of 2 tests'))
})

test('refuses arguments that name nothing', async () => {
  const files = { 'a/test/one.test.ts': PASSING }
  const name = await runTests(files, 'c')
  assert.is(name.code, 2)
  assert.is(name.errors, 'test: package must be one of a, got "c"\n')
  const part = await runTests(files, 'a/two')
  assert.is(part.errors, 'test: no test file of a has "two" in its path\n')
  const tier = await runTests(files, '--tier', 'sloow')
  assert.is(tier.code, 2)
  assert.match(tier.errors, '--tier slow|deep|native|peers')
})

test.run()
