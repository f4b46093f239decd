import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describe } from '../src/describe.ts'

const test = suite('describe')

class Layer {
  readonly units = 3
}

function named(): void {}

const CASES: readonly (readonly [string, unknown, string])[] = [
  ['a string', 'mnist', '"mnist"'],
  ['a string with quotes', 'a "b"', '"a \\"b\\""'],
  ['a number', 0.001, '0.001'],
  ['what is no number', Number.NaN, 'NaN'],
  ['a bigint', 5n, '5n'],
  ['a boolean', true, 'true'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a symbol', Symbol('x'), 'Symbol(x)'],
  ['a shape', [28, 28, 1], '[28, 28, 1]'],
  ['a list of mixed things', ['a', null, [1]], '["a", null, [1]]'],
  ['an empty list', [], '[]'],
  ['a long list', [1, 2, 3, 4, 5, 6, 7, 8, 9], '[1, 2, 3, 4, 5, 6, 7, 8, ... 9 in all]'],
  ['a typed array', new Float32Array(4), 'Float32Array(4)'],
  ['a view without length', new DataView(new ArrayBuffer(6)), 'DataView(6)'],
  ['a tensor', { shape: [2, 3], dtype: 'float32' }, 'float32 [2, 3]'],
  ['a plain object', { units: 3 }, '{"units":3}'],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['an instance of a class', new Layer(), 'Layer'],
  ['a function', named, 'function named'],
  ['a function without name', () => {}, 'function (anonymous)'],
]

for (const [what, value, shown] of CASES) {
  test(`shows ${what}`, () => {
    assert.is(describe(value), shown)
  })
}

test('cuts long texts', () => {
  assert.is(describe('x'.repeat(500)), `"${'x'.repeat(117)}..."`)
  const text = describe({ key: 'x'.repeat(500) })
  assert.is(text.length, 120)
  assert.ok(text.endsWith('...'))
})

test('shows an object that refers to itself', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  assert.is(describe(loop), '{self}')
  const list: unknown[] = [1]
  list.push(list)
  assert.is(describe(list), '[1, [1, [1, [1, [...]]]]]')
})

test('shows large and unusual things inside an object', () => {
  assert.is(
    describe({ data: new Float32Array(1e6), id: 7n }),
    '{"data":"Float32Array(1000000)","id":"7n"}',
  )
})

test.run()
