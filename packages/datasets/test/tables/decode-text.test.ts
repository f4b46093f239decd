import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeText, encodingNamed } from '../../src/tables/decode-text.ts'
import { rejects } from '../support/errors.ts'

const test = suite('decodeText')
const TEXT = 'a,y\n1,café\n2,ŵ\n3,😀\n'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const decode = (bytes: Buffer, encoding?: string) =>
  decodeText(bytes, 't.csv', encoding).toString().replace('\ufeff', '')

test('reads UTF-8, with and without its mark', () => {
  assert.is(decode(Buffer.from(TEXT)), TEXT)
  assert.is(decode(Buffer.from(`\ufeff${TEXT}`)), TEXT)
  assert.is(decode(Buffer.from(TEXT), 'utf8'), TEXT)
  assert.is(decode(Buffer.alloc(0)), '')
})

test('reads UTF-16 by its mark, in either order, and by its name without one', () => {
  assert.is(decode(utf16(`\ufeff${TEXT}`)), TEXT)
  assert.is(decode(utf16(`\ufeff${TEXT}`).swap16()), TEXT)
  assert.is(decode(utf16(TEXT), 'utf-16le'), TEXT)
  assert.is(decode(utf16(TEXT).swap16(), 'UTF-16BE'), TEXT)
})

test('reads other encodings by their names', () => {
  assert.is(decode(Buffer.from('café \u00a3', 'latin1'), 'latin1'), 'café \u00a3')
  assert.is(decode(Buffer.of(0x80, 0x93), 'windows-1252'), '€\u201c')
  assert.is(decode(Buffer.of(0x93, 0xfa, 0x96, 0x7b), 'shift_jis'), '日本')
  assert.is(encodingNamed('latin1'), 'windows-1252')
  assert.is(encodingNamed('klingon'), undefined)
})

const latin = (text: string) => Buffer.from(text, 'latin1')
for (const [what, bytes, encoding, message] of [
  [
    'Latin 1',
    latin('a,y\n1,tea\n2,caf\u00e9\n3,caf\u00e8\n'),
    undefined,
    't.csv, line 3: the text must be utf-8, and byte 16 of the file (0xe9) is not\n' +
      '  Save the table as UTF-8, or say what it is in, such as `encoding: windows-1252` (Latin 1) or `encoding: utf-16le`.',
  ],
  ['Latin 1 at the end', latin('a\r\u00e9'), undefined, /line 2: .* byte 3 of the file \(0xe9\)/],
  ['Latin 1 at the start', latin('\u00e9,y'), undefined, /line 1: .* byte 1 of the file \(0xe9\)/],
  [
    'a damaged character behind a mark',
    Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xc3, 0x28]),
    undefined,
    /byte 5 of the file \(0xc3\)/,
  ],
  ['half of a pair', Buffer.from([0xed, 0xa0, 0x80]), undefined, /byte 1 of the file \(0xed\)/],
  ['too long a form', Buffer.from([0x61, 0xc0, 0xaf]), undefined, /byte 2 of the file \(0xc0\)/],
  [
    'a character that is cut off',
    Buffer.from('ok\ncaf\u00e9').subarray(0, -1),
    undefined,
    /line 2: .* byte 7 of the file \(0xc3\)/,
  ],
  [
    'UTF-16 without a mark',
    utf16(TEXT.slice(0, 6)),
    undefined,
    /^t\.csv, line 1: a table must not hold null characters\n {2}If this is a table in UTF-16, say so: `encoding: utf-16le`/,
  ],
  ['half a character of UTF-16', utf16('ab').subarray(0, 3), 'utf-16le', /byte 3 of the file/],
  ['half a pair of UTF-16', utf16('a\n\ud800b'), 'utf-16le', /line 2: the text must be utf-16le/],
  [
    'a mark against the option',
    utf16('\ufeffa'),
    'windows-1252',
    't.csv: the byte order mark says that the text is utf-16le, and `encoding` says windows-1252\n  Leave `encoding` out: the mark is enough.',
  ],
  [
    'UTF-32',
    Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]),
    undefined,
    't.csv: the text must be in an encoding that can be read, and its byte order mark says utf-32le\n  Save the table as UTF-8.',
  ],
] as const) {
  test(`refuses ${what}`, () => rejects(() => decode(bytes, encoding), DataError, message))
}

test('finds the first bad byte wherever it is', () => {
  let state = 7
  const random = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return state % below
  }
  const signs = ['a', ',', '\n', 'é', '€', '😀']
  for (let round = 0; round < 60; round++) {
    const good = Array.from({ length: random(40) }, () => signs[random(signs.length)]).join('')
    const before = Buffer.from(good)
    // A continuation byte alone, and the beginning of a character that does not go on.
    for (const bad of [[0x80], [0xe2, 0x28], [0xf0, 0x9f, 0x41], [0xff]]) {
      const bytes = Buffer.concat([before, Buffer.from(bad), Buffer.from('é\nb')])
      const line = good.split('\n').length
      const place = new RegExp(`^t\\.csv, line ${line}: .* byte ${before.length + 1} of the file`)
      assert.throws(() => decode(bytes), place, JSON.stringify([good, bad]))
    }
  }
})

test.run()
