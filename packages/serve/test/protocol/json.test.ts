import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { datatypes } from '../../src/protocol/datatypes.ts'
import { RequestError } from '../../src/protocol/errors.ts'
import { parseJson } from '../../src/protocol/json.ts'
import { readData, writeData } from '../../src/protocol/json-data.ts'

const test = suite('JSON')

const { cases } = JSON.parse(
  readFileSync(new URL('../support/json-test-suite.json', import.meta.url), 'utf8'),
) as { cases: Record<string, string> }

const large: Readonly<Record<string, string>> = {
  n_structure_100000_opening_arrays: '['.repeat(100_000),
  n_structure_open_array_object: '[{"":'.repeat(50_000),
  i_structure_500_nested_arrays: `${'['.repeat(500)}${']'.repeat(500)}`,
}

const parse = (text: string, encoding: BufferEncoding = 'utf8', maxDepth = 100): unknown =>
  parseJson('request', Buffer.from(text, encoding), { maxDepth })

/** What is refused of that which the format leaves open: bytes that are no UTF-8, a byte order mark, and lists 500 deep. */
const refusedHere = [
  'i_string_UTF-16LE_with_BOM',
  'i_string_UTF-8_invalid_sequence',
  'i_string_UTF8_surrogate_U+D800',
  'i_string_invalid_utf-8',
  'i_string_iso_latin_1',
  'i_string_lone_utf8_continuation_byte',
  'i_string_not_in_unicode_range',
  'i_string_overlong_sequence_2_bytes',
  'i_string_overlong_sequence_6_bytes',
  'i_string_overlong_sequence_6_bytes_null',
  'i_string_truncated-utf-8',
  'i_string_utf16BE_no_BOM',
  'i_string_utf16LE_no_BOM',
  'i_structure_500_nested_arrays',
  'i_structure_UTF-8_BOM_empty_object',
]

for (const [name, text] of Object.entries({ ...cases, ...large })) {
  const accepted = name.startsWith('y_') || (name.startsWith('i_') && !refusedHere.includes(name))
  test(`JSONTestSuite: ${name} is ${accepted ? 'accepted' : 'refused'}`, () => {
    if (!accepted) {
      assert.throws(
        () => parse(text, 'latin1'),
        (error: Error) => error instanceof RequestError && /must be /.test(error.message),
      )
      return
    }
    const value = parse(text, 'latin1')
    // Beside whole numbers that a double would round, it is what everybody reads.
    assert.equal(rounded(value), JSON.parse(Buffer.from(text, 'latin1').toString()))
  })
}

function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]))
}

test('numbers of 16 digits and more are the nearest doubles, or exact where 64 bits hold them', () => {
  assert.equal(
    parse('[0.12345678901234568, 1234567890123456.5, 1e0000000000000000001]'),
    [0.12345678901234568, 1234567890123456.5, 10],
  )
  assert.equal(parse('[9007199254740993, -9223372036854775808, 18446744073709551615]'), [
    9007199254740993n,
    -(2n ** 63n),
    2n ** 64n - 1n,
  ])
  assert.equal(parse('[123456789012345678901, 1e400, -1e400]'), [
    123456789012345680000,
    Infinity,
    -Infinity,
  ])
  assert.equal(parse('{"9007199254740993": "9007199254740993", "\\"1": 1}'), {
    '9007199254740993': '9007199254740993',
    '"1': 1,
  })
})

test('what is no JSON does not become some by a long number in it', () => {
  for (const text of [
    '{1234567890123456789: 1}',
    '{1234567890123456789 : 1}',
    '[01234567890123456789]',
    '[-01234567890123456789]',
    '[--1234567890123456789]',
    '[1234567890123456789.]',
    '[+1234567890123456789]',
    '[1234567890123456789 1]',
    '["a"1234567890123456789]',
    '[1234567890123456789"a"]',
    '["\\1234567890123456789]',
    '1234567890123456789]',
    '[1234567890123456789',
  ]) {
    assert.throws(() => parse(text), /must be JSON/, text)
  }
})

test('no text of a client is taken for a number', () => {
  const texts = ['\u0001integer:5', '5', '1234567890123456789n', `${'A'.repeat(8)}:5`]
  assert.equal(parse(JSON.stringify([...texts, 0]).replace('0]', '1234567890123456789]')), [
    ...texts,
    1234567890123456789n,
  ])
})

test('keys that mean something to JavaScript are keys', () => {
  const value = parse(
    '{"__proto__": 1234567890123456789, "a": {"__proto__": {"b": 1}, "c": 1234567890123456789}}',
  ) as Record<string, unknown>
  assert.equal(Object.keys(value), ['__proto__', 'a'])
  assert.is(Object.getPrototypeOf(value), Object.prototype)
  assert.is(Object.entries(value)[0]![1], 1234567890123456789n)
  assert.is(({} as Record<string, unknown>).b, undefined)
})

test('random values are read as everybody reads them', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
  const digits = (count: number) =>
    `${1 + random(9)}${Array.from({ length: count - 1 }, () => random(10)).join('')}`
  const number = () =>
    [
      () => digits(1 + random(22)),
      () => `-${digits(1 + random(20))}`,
      () => `0.${digits(1 + random(25))}`,
      () => `${digits(17)}.${digits(17)}e-${random(30)}`,
      () => `${digits(18)}E+${random(20)}`,
    ][random(5)]!()
  const value = (depth: number): string => {
    const kind = random(depth > 3 ? 3 : 5)
    if (kind === 0) return JSON.stringify(`${'\\"[{:,'[random(7)] ?? ''}${number()}é\u2028`)
    if (kind < 3) return number()
    const items = Array.from({ length: random(5) }, () => value(depth + 1))
    if (kind === 3) return `[ ${items.join(' ,')}]`
    return `{${items.map((item, index) => `"${number()}${index}" : ${item}`).join(', ')} }`
  }
  for (let round = 0; round < 500; round += 1) {
    const text = value(0)
    assert.equal(rounded(parse(text)), JSON.parse(text), text)
  }
})

test('its own output is read back, bit for bit', () => {
  let seed = 11
  const bits = () => {
    seed = (seed * 48271) % 2147483647
    return seed
  }
  for (const [name, { bytes, json, view }] of datatypes) {
    if (json === undefined || view === undefined) continue
    const buffer = new ArrayBuffer(bytes * 512)
    const words = new Uint16Array(buffer)
    for (let index = 0; index < words.length; index += 1) words[index] = bits()
    if (name === 'BOOL')
      words.forEach((word, index) => {
        words[index] = word & 0x0101
      })
    const array = view(buffer, 0, 512)
    array.forEach((value, index) => {
      if (typeof value === 'number' && !Number.isFinite(value)) array[index] = -0
    })
    const datatype = datatypes.get(name)!
    const data = new Uint8Array(buffer)
    const text = writeData({ name: 'y', datatype, shape: [512], data })
    const back = readData('x', datatype, [512], parse(text))
    assert.ok(Buffer.from(back).equals(data), name)
    assert.ok(JSON.parse(text), name)
  }
})

test('a text of too many lists is refused before it fills the memory', () => {
  const text = `[${'[],'.repeat(2 ** 21)}0]`
  assert.throws(() => parse(text), 'at most 2097152 lists and objects, got 2097153')
})

test.run()
