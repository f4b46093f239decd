import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deepFreeze, plainCopy } from '../../src/options/plain-data.ts'

const test = suite('plain data')

test('copies deeply and leaves out what is undefined', () => {
  const given = { a: [1, { b: null }], c: undefined, d: 'x', e: true }
  const copy = plainCopy(given, 'x')
  assert.equal(copy, { a: [1, { b: null }], d: 'x', e: true })
  assert.is.not((copy as { a: unknown }).a, given.a)
})

test('refuses what YAML cannot hold', async () => {
  assert.is(
    await refusal(() => plainCopy({ a: [new Date(0)] }, 'x')),
    'x.a[0]: must be plain data: a mapping, a list, a string, a number, true, false or null, got Date',
  )
  assert.match(await refusal(() => plainCopy({ f: () => 1 }, 'x')), /^x\.f: must be plain data/)
})

test('refuses keys that reach a prototype', async () => {
  const data: unknown = JSON.parse('{"a": {"__proto__": {"polluted": 1}}}')
  assert.is(
    await refusal(() => plainCopy(data, 'x')),
    'x.a: a key must not reach a prototype, got "__proto__"',
  )
})

test('refuses data that contains itself', async () => {
  const loop: { inner?: unknown } = {}
  loop.inner = loop
  assert.is(
    await refusal(() => plainCopy(loop, 'x')),
    'x: data must be nested at most 50 levels deep, and not contain itself',
  )
})

test('deepFreeze freezes everything inside', () => {
  const data = deepFreeze({ a: [{ b: 1 }] })
  assert.throws(() => {
    data.a[0]!.b = 2
  }, /read only/)
  assert.throws(() => data.a.push({ b: 3 }), /not extensible/)
})

test.run()
