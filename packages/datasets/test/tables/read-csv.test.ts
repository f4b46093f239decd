import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCsv, type Table } from '../../src/tables/read-csv.ts'
import { rejects } from '../support/errors.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('readCsv')

function read(text: string, delimiter = ','): Promise<Table> {
  return withTempFolder(async (folder) => {
    const path = join(folder, 'table.csv')
    await writeFile(path, text)
    return readCsv(path, delimiter)
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

test('takes another delimiter', async () => {
  assert.equal((await read('a;b\n1,5;2\n', ';')).rows, [['1,5', '2']])
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
  [
    'a column named twice',
    'a,a\n1,2\n',
    /name every column, each differently \(column 2\), got "a"\n {2}Add a row/,
  ],
  [
    'a column without a name',
    'a,\n1,2\n',
    /name every column, each differently \(column 2\), got ""\n {2}Add a row/,
  ],
] as const) {
  test(`refuses ${what}`, () => rejects(() => read(text), DataError, message))
}

test('says why a file cannot be read', () =>
  rejects(
    () => readCsv('/none/table.csv', ','),
    DataError,
    '/none/table.csv: must be readable (no such file or directory)',
  ))

test.run()
