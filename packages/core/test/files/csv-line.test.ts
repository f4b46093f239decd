import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csvLine } from '../../src/files/csv-line.ts'

const test = suite('a line of CSV')

test('numbers keep their digits, what is not there is empty, texts are quoted where they must be', () => {
  assert.is(csvLine([0.1 + 0.2, 1e-9, true, null, '', -3]), '0.30000000000000004,1e-9,true,,,-3')
  assert.is(
    csvLine(['a, "b"', 'two\nlines', 'one\rtwo', ' c ']),
    '"a, ""b""","two\nlines","one\rtwo", c ',
  )
})

test('text never becomes a formula of a spreadsheet', () => {
  for (const [text, cell] of [
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['=HYPERLINK(1).csv', "'=HYPERLINK(1).csv"],
    ['+1+cmd', "'+1+cmd"],
    ['-1-1', "'-1-1"],
    ['-', "'-"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['\uFF1D1+1', "'\uFF1D1+1"],
    ['\uFF0B1+1', "'\uFF0B1+1"],
    ['\uFF0D1+1', "'\uFF0D1+1"],
    ['\uFF20SUM(A1)', "'\uFF20SUM(A1)"],
  ] as const) {
    assert.is(csvLine([text]), cell)
  }
})

test('what is a number stays one, as a class that is called -1', () => {
  const numbers = ['-1', '+1', '-.5', '-1.', '-2.5e-3', '+1E9']
  assert.is(csvLine(numbers), numbers.join())
  assert.is(csvLine([-1, Number.NaN, Number.NEGATIVE_INFINITY]), '-1,NaN,-Infinity')
  assert.is(csvLine(['-1\n', '-e1', '+']), `"'-1\n",'-e1,'+`)
})

test.run()
