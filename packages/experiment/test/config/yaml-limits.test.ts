import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { parseYaml } from '../../src/config/yaml.ts'

const { test, slow } = tieredSuite('YAML that may come from anybody')

const MEBIBYTE = 2 ** 20

/** Texts of about so many characters. What each is read as does not matter here, but that it is read, or refused, in time that grows with its length. */
const texts: Readonly<Record<string, (size: number) => string>> = {
  'keys of one map': (size) =>
    Array.from({ length: size / 12 }, (_, index) => `key${index}: 1`).join('\n'),
  'keys of one flow map': (size) =>
    `{${Array.from({ length: size / 12 }, (_, index) => `key${index}: 1`).join(', ')}}`,
  'items of a list': (size) => '- a\n'.repeat(size / 4),
  'items of a flow list': (size) => `[${'1, '.repeat(size / 3)}1]`,
  anchors: (size) => Array.from({ length: size / 12 }, (_, index) => `- &a${index} 1`).join('\n'),
  aliases: (size) => `- &a 1\n${'- *a\n'.repeat(size / 5)}`,
  'aliases of their own': (size) =>
    Array.from({ length: size / 24 }, (_, index) => `- &a${index} 1\n- *a${index}`).join('\n'),
  'open lists': (size) => '['.repeat(size),
  'open maps': (size) => '{a: '.repeat(size / 4),
  'lists in lists': (size) => '- '.repeat(size / 2),
  'keys without values': (size) => '? '.repeat(size / 2),
  'closing brackets': (size) => ']'.repeat(size),
  'errors on one line': (size) => '"a" "b" '.repeat(size / 8),
  'errors on many lines': (size) => '\t- x: }\n'.repeat(size / 8),
  comments: (size) => '# comment\n'.repeat(size / 10),
  'comments between keys': (size) =>
    Array.from({ length: size / 20 }, (_, index) => `k${index}: 1 # c`).join('\n'),
  'one long word': (size) => 'a'.repeat(size),
  'one long string': (size) => `"${'a\\n'.repeat(size / 3)}"`,
  'a string of many lines': (size) => `"${'a\n '.repeat(size / 3)}"`,
  'a word of many lines': (size) => `a: ${'b\n '.repeat(size / 3)}`,
  'a block of many lines': (size) => `a: |\n${'  b\n'.repeat(size / 4)}`,
  'a folded block of many lines': (size) => `a: >\n${'  b\n'.repeat(size / 4)}`,
  'blank lines': (size) => `a: 1${'\n'.repeat(size)}b: 2`,
  spaces: (size) => `a:${' '.repeat(size)}1`,
  documents: (size) => '--- a\n'.repeat(size / 6),
  tags: (size) => '- !t x\n'.repeat(size / 7),
  directives: (size) => `${'%TAG !a! b\n'.repeat(size / 11)}---\na`,
  'merge keys': (size) => `a: &a {b: 1}\n${'c: {<<: *a}\n'.repeat(size / 12)}`,
}

function milliseconds(text: string): number {
  const begun = process.cpuUsage()
  try {
    parseYaml(text, 'file')
  } catch (error) {
    assert.match((error as Error).message, 'file: must be valid YAML: ')
  }
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

const some = oneIn(3, { test, slow })
for (const [name, make] of Object.entries(texts)) {
  some(`${name}: read or refused in time that grows with the length`, () => {
    // Processor time, and the least of two: a machine has other things to do. What is quadratic takes 64 times as long.
    const least = (size: number) => Math.min(milliseconds(make(size)), milliseconds(make(size)))
    const small = Math.max(least(MEBIBYTE / 512), 5)
    const large = least(MEBIBYTE / 64)
    assert.ok(large < 20 * small, `${small} ms, then ${large} ms for eight times as much`)
  })
}

const refusals: readonly (readonly [text: string, reason: string])[] = [
  [' '.repeat(MEBIBYTE + 1), 'file: must have at most 1048576 characters, got 1048577'],
  [`${'['.repeat(101)}${']'.repeat(101)}`, 'Nested more than 100 deep at line 1, column 101'],
  ['['.repeat(100_000) + ']'.repeat(100_000), 'must be valid YAML'],
  [`- &a 1\n${'- *a\n'.repeat(201)}`, 'More than 200 aliases at line 202, column 3'],
  [
    `a: &a [x, x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e']
      .map((name, index) => `${name}: &${name} [${`*${'abcd'[index]}, `.repeat(9)}]`)
      .join('\n')}`,
    'Excessive alias count',
  ],
  ['a: 1\nb: 2\na: 3', 'Map keys must be unique at line 3, column 1'],
  ['{1: a, 1: b}', 'Map keys must be unique at line 1, column 8'],
  ['- x: {y: 1, "y": 2}', 'Map keys must be unique at line 1, column 13'],
]

for (const [text, reason] of refusals) {
  test(`refuses: ${reason}`, () => {
    assert.throws(
      () => parseYaml(text, 'file'),
      (error: Error) => error.message.includes(reason) || assert.unreachable(error.message),
    )
  })
}

test('what is written by hand is read', () => {
  const text = `a: &base {x: 1}\nb: *base\n1: one\n"1.0": text\nnull: none\ndeep: ${'['.repeat(90)}${']'.repeat(90)}`
  const value = parseYaml(text, 'file') as Record<string, unknown>
  assert.equal(value.b, { x: 1 })
  assert.is(value['1'], 'one')
})

test.run()
