import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tokensOf } from '../../rules/tokens.js'

const test = suite('tokensOf')

/** @param {string} text */
function strings(text) {
  return tokensOf(text)
    .filter(({ kind }) => kind === 'string' || kind === 'part')
    .map(({ text: inside }) => inside)
}

test('tells strings, templates and comments apart, with their lines', () => {
  const text = `#!/usr/bin/env node it's
const a = 'one' // it's no string
/* "nor
   this" */ const b = "tw\\"o", c = \`three
lines\`, d = 'four'
`
  const found = tokensOf(text).filter(({ kind }) => kind !== 'name' && kind !== 'sign')
  assert.equal(
    found.map(({ kind, text: inside, line }) => [kind, inside, line]),
    [
      ['string', 'one', 2],
      ['comment', "// it's no string", 2],
      ['comment', '/* "nor\n   this" */', 3],
      ['string', 'tw"o', 4],
      ['string', 'three\nlines', 4],
      ['string', 'four', 5],
    ],
  )
})

test('reads what stands in templates as code, however deep', () => {
  const text = `\`a\${{ b: 'one' }.b + \`c\${'two'}\` + "}"}d\${x}\` + 'three'`
  assert.equal(strings(text), ['a', 'one', 'c', 'two', '}', 'three'])
})

test('knows a pattern from a division', () => {
  const patterns = [
    `x = /'/; y = 'one'`,
    `if (x) /'/.test(y); z = 'one'`,
    `return /[/'\`]/.test('one')`,
    `const f = () => /\`/g; g('one')`,
    `function f() {}\n/'/.exec('one')`,
    `!/'/.test('one')`,
    `a.split(/\\/'/u, 'one')`,
  ]
  for (const text of patterns) assert.equal(strings(text), ['one'], text)
  const divisions = [
    `x / 'one'.length / 2`,
    `f(x) / 'one'.length / 2`,
    `x[0] / 'one'.length / 2`,
    `x++ / 'one'.length / 2`,
    `x! / 'one'.length / 2`,
    `1.5e-3 / 'one'.length / 2`,
    `\`\` / 'one'.length / 2`,
    `x.in / 'one'.length / 2`,
  ]
  for (const text of divisions) assert.equal(strings(text).filter(Boolean), ['one'], text)
})

test('reads letters that are written as numbers, and goes on after a string without an end', () => {
  assert.equal(strings(`'\\x2e\\u002f\\u{61}\\\nb'`), ['./ab'])
  assert.equal(strings(`'one\n'two'`), ['one', 'two'])
})

test('comes to the end of what is broken off', () => {
  for (const end of ['', '`', '/*', "'", '`${', '/', '(', '}']) {
    assert.ok(tokensOf(`const x = 1\n${end}`).length >= 3, end)
  }
})

test.run()
