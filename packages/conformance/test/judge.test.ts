import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Exclusion } from '../src/exclusions.ts'
import { judge, plainName } from '../src/judge.ts'
import type { SpecResult } from '../src/messages.ts'

const test = suite('judge')

const passed = (name: string): SpecResult => ({ name, status: 'passed', failures: [] })
const failed = (name: string): SpecResult => ({ name, status: 'failed', failures: ['1 is not 2'] })
const whole = { part: 'op-table', whole: true } as const

test('takes the environment out of a name', () => {
  assert.is(plainName('conv2d onnxruntime {} x=[2,2]'), 'conv2d x=[2,2]')
  assert.is(plainName('conv2d cpu {} x=[2,2]'), 'conv2d x=[2,2]')
  assert.is(plainName('conv2d x=[2,2]'), 'conv2d x=[2,2]')
})

test('counts what passed and shows what failed', () => {
  const verdict = judge([passed('a'), failed('b'), passed('c')], [], whole)
  assert.is(verdict.passed, 2)
  assert.equal(verdict.failed, [{ name: 'b', messages: ['1 is not 2'] }])
  assert.equal(verdict.excluded, [])
})

test('leaves an excluded spec out, in its part alone', () => {
  const exclusions: Exclusion[] = [{ specs: ['b'], part: 'op-table', reason: 'because' }]
  const here = judge([failed('b onnxruntime {}')], exclusions, whole)
  assert.equal(here.failed, [])
  assert.equal(here.excluded, [{ name: 'b onnxruntime {}', reason: 'because' }])
  const elsewhere = judge([failed('b')], exclusions, { part: 'default', whole: true })
  assert.is(elsewhere.failed.length, 1)
})

test('fails an excluded spec that passes', () => {
  const verdict = judge([passed('b')], [{ specs: ['b'], reason: 'because' }], whole)
  assert.is(verdict.passed, 0)
  assert.match(verdict.failed[0]!.messages[0]!, /take it off the list/)
})

test('counts specs that the suite does not define in a whole run alone', () => {
  const exclusions: Exclusion[] = [{ specs: ['x'], isDefined: false, reason: 'because' }]
  assert.is(judge([], exclusions, whole).excluded.length, 1)
  assert.is(judge([], exclusions, { part: 'op-table', whole: false }).excluded.length, 0)
})

test.run()
