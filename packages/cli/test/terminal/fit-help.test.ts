import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../src/program.ts'
import { fitHelp } from '../../src/terminal/fit-help.ts'

const test = suite('help that fits into a window')

test('what fits stays as it is', () => {
  const text = 'Usage: ashlar\n\n  $ ashlar run x   trains\nEnd.\n'
  assert.is(fitHelp(text, 80), text)
})

test('prose is broken at words, sentences on lines of their own stay there', () => {
  assert.is(
    fitHelp('one two three four\nfive six. Seven\neight:\n  nine\n', 12),
    'one two\nthree four\nfive six.\nSeven eight:\n  nine\n',
  )
  assert.is(fitHelp('one two three four.\nFive', 12), 'one two\nthree four.\nFive')
})

test('what is said of a long example comes below it, and its command stays whole', () => {
  assert.is(
    fitHelp('  $ ashlar run x epochs=3   trains it\n  $ ashlar run a-very-long-name-of-it', 20),
    '  $ ashlar run x epochs=3\n      trains it\n  $ ashlar run a-very-long-name-of-it',
  )
})

test('at 80 columns nothing of any command is wider but commands to copy', () => {
  let text = ''
  const stream = { columns: 80, write: (more: string) => (text += more) }
  const terminal = { stdout: stream, stderr: stream } as never
  const program = createProgram({ name: 'ashlar', terminal, setExitCode: () => undefined })
  const all = [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]
  for (const command of all) command.outputHelp()
  const wide = text.split('\n').filter((line) => line.length > 80)
  assert.ok(text.split('\n').length > 500)
  assert.equal(
    wide.filter((line) => !/^ {2}\$ \S/.test(line)),
    [],
  )
  // Beside the names of commands there is room for what they do.
  assert.match(
    text,
    /^ {2}sweep \[experiment\] \[key=value\.\.\.\] +train an experiment many times/m,
  )
})

test.run()
