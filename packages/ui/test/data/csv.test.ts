import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csvOf } from '../../src/data/csv.ts'

const test = suite('rows as CSV')

test('numbers keep their digits, what is not there is empty, texts are quoted where they must be', () => {
  const rows = [
    ['run', 'a, "b"', null],
    [0.1 + 0.2, 1e-9, true],
    ['two\nlines', '', -3],
  ]
  assert.is(csvOf(rows), 'run,"a, ""b""",\r\n0.30000000000000004,1e-9,true\r\n"two\nlines",,-3\r\n')
})

test('text of a file never becomes a formula of a spreadsheet', () => {
  const evil = ['=HYPERLINK("http://x")', '+1+1', '-1-1', '@SUM(A1)', '\t=1']
  assert.is(csvOf([evil]), `"'=HYPERLINK(""http://x"")",'+1+1,'-1-1,'@SUM(A1),'\t=1\r\n`)
})

test.run()
