import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCsv, type Table, type TableFormat } from '../../src/tables/read-csv.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('readCsv')

function read(text: string | Buffer, format: Partial<TableFormat> = {}): Promise<Table> {
  return withTempFolder(async (folder) => {
    const path = join(folder, 'table.csv')
    await writeFile(path, text)
    return readCsv(path, { delimiter: ',', ...format })
  })
}

test('reads quotes, line breaks in cells, empty lines and a byte order mark', async () => {
  const { columns, rows, lines } = await read(
    '\ufeffname , "a ""b"""\r\n\r\nx,1\r\n"y,\nz", 2 \r\n',
  )
  assert.equal(columns, ['name', 'a "b"'])
  assert.equal(rows, [
    ['x', '1'],
    ['y,\nz', '2'],
  ])
  assert.equal(lines, [3, 5])
})

test('reads each line end as it comes', async () => {
  // Every way to end a header and three rows, the last of them perhaps not at all.
  const ends = ['\r\n', '\n', '\r']
  for (const first of ends) {
    for (const second of ends) {
      for (const third of ends) {
        for (const last of ['', ...ends]) {
          const text = `a,b${first}1,2${second}"x\r\ny",4${third}5,6${last}`
          const { rows, lines } = await read(text)
          assert.equal(rows.flat(), ['1', '2', 'x\ny', '4', '5', '6'], JSON.stringify(text))
          assert.equal(lines, [2, 4, 5], JSON.stringify(text))
        }
      }
    }
  }
})

test('gives what looks the same as the same, in names and in cells', async () => {
  const { columns, rows } = await read('cafe\u0301,b\nn\u0303,caf\u00e9\n')
  assert.equal(columns, ['caf\u00e9', 'b'])
  assert.equal(rows, [['\u00f1', 'caf\u00e9']])
  await rejects(
    () => read('cafe\u0301,caf\u00e9\n1,2\n'),
    DataError,
    /name every column, each differently \(column 2\), got "caf\u00e9"/,
  )
})

test('columns without a name are called as pandas calls them', async () => {
  const { columns, rows } = await read(',a,,b\n0,1,,2\n')
  assert.equal(columns, ['Unnamed: 0', 'a', 'Unnamed: 2', 'b'])
  assert.equal(rows, [['0', '1', '', '2']])
})

test('a column without a name takes a suffix, as of pandas, where another has that name', async () => {
  const { columns } = await read(',Unnamed: 0,Unnamed: 0.1,a,,Unnamed: 4\n1,2,3,4,5,6\n')
  assert.equal(columns, [
    ...['Unnamed: 0.2', 'Unnamed: 0', 'Unnamed: 0.1'],
    ...['a', 'Unnamed: 4.1', 'Unnamed: 4'],
  ])
})

test('takes another delimiter', async () => {
  assert.equal((await read('a;b\n1,5;2\n', { delimiter: ';' })).rows, [['1,5', '2']])
  const tabs = await read('a\tb\tc\n1\t\t 3 \n', { delimiter: '\t' })
  assert.equal(tabs.rows, [['1', '', '3']])
  assert.equal((await read('a|b\n1|2\n', { delimiter: '|' })).rows, [['1', '2']])
  assert.equal((await read('a||b\n1||2\n', { delimiter: '||' })).rows, [['1', '2']])
})

for (const [what, text, message] of [
  [
    'an empty file',
    '',
    /must have a first row that names the columns, and rows below it, got an empty file$/,
  ],
  ['a table without rows', 'a,b\n', /and rows below it, got the first row alone$/],
  [
    'a row that is too long',
    'a,b\n1,2,3\n',
    /must be a table in CSV \(Invalid Record Length: expect 2, got 3 on line 2\)$/,
  ],
  ['a quote that stays open', 'a,b\n"1,2\n', /must be a table in CSV \(Quote Not Closed: /],
  ['a row that is too short', 'a,b\n1\n', /Invalid Record Length: expect 2, got 1 on line 2/],
  ['a quote within a cell', 'a,b\n1,x"y\n', /Invalid Opening Quote/],
  [
    'null characters',
    'a,b\n1,2\n3,\0\n',
    /table\.csv, line 3: a table must not hold null characters\n {2}If this is a table in UTF-16/,
  ],
  [
    'a column named twice',
    'a,a\n1,2\n',
    /name every column, each differently \(column 2\), got "a"\n {2}Add a row/,
  ],
] as const) {
  test(`refuses ${what}`, () => rejects(() => read(text), DataError, message))
}

test('says why a file cannot be read', () =>
  rejects(
    () => readCsv('/none/table.csv', { delimiter: ',' }),
    DataError,
    '/none/table.csv: must be readable (no such file or directory)',
  ))

test.run()
