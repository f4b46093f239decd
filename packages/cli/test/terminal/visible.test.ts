import pc from 'picocolors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createOutput } from '../../src/terminal/output.ts'
import { reportError } from '../../src/terminal/report-error.ts'
import { formatTable } from '../../src/terminal/table.ts'
import { visible, visibleCell, visibleJson } from '../../src/terminal/visible.ts'
import { recorder } from '../support/ashlar.ts'

const test = suite('what a terminal would obey')

/** Clears the screen, hides text, sets a title, turns text around, eight-bit sequences, and a line of its own. */
const EVIL = 'a\u001b[2J\u001b[8m\u001b]0;title\u0007\u009b2J\u202eb\u2066\r\u0008\u007f\u0000c'

/** Every character that could be one, and some that cannot. */
const everything = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('')
const obeyed = (text: string) =>
  [...text].filter((char) => /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(char))

test('is shown as an escape', () => {
  assert.is(visible('\u001b[31mred\u0007'), String.raw`\u001b[31mred\u0007`)
  assert.is(visible('äöü 漢字 ×→± 🙂'), 'äöü 漢字 ×→± 🙂')
  assert.equal([...new Set(obeyed(visible(everything)))].sort(), ['\t', '\n'])
  assert.equal(obeyed(visibleCell(everything)), [])
})

test('our own colours stay where there are any, and no others', () => {
  const colours = pc.createColors(true)
  for (const paint of [colours.bold, colours.dim, colours.cyan, colours.red, colours.green]) {
    assert.is(visible(paint('x'), true), paint('x'))
    assert.is(visible(paint('x')), paint('x').replaceAll('\u001b', String.raw`\u001b`))
  }
  assert.is(visible('\u001b[8mhidden\u001b[1;8m', true), String.raw`\u001b[8mhidden\u001b[1;8m`)
})

test('JSON says the same without it', () => {
  const value = { [everything]: [everything, EVIL] }
  const json = visibleJson(JSON.stringify(value, null, 2))
  assert.equal(JSON.parse(json), value)
  assert.equal([...new Set(obeyed(json))], ['\n'])
})

test('nothing that a command prints holds it: lines, notices, answers, errors, cells', () => {
  for (const isTTY of [false, true]) {
    for (const json of [false, true]) {
      const [stdout, stderr] = [recorder({ isTTY }), recorder({ isTTY })]
      const terminal = { stdout: stdout.stream, stderr: stderr.stream }
      const output = createOutput({ json }, terminal)
      output.line(EVIL)
      output.notice(EVIL)
      output.result({ [EVIL]: EVIL })
      reportError(new Error(EVIL), {
        args: json ? ['--json', '--verbose'] : [],
        name: 'x',
        terminal,
      })
      const written = (stdout.text() + stderr.text())
        .replaceAll('\u001b[31m', '')
        .replaceAll('\u001b[39m', '')
      assert.match(written, String.raw`\u001b[2J`)
      assert.equal([...new Set(obeyed(written))], ['\n'])
    }
  }
  for (const line of formatTable([EVIL, 'b'], [[`x\ny${EVIL}`, '1']]))
    assert.equal(obeyed(line), [])
})

test.run()
