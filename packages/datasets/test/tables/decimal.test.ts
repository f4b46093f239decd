import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inputEncoding, type TableEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lookAtTable } from '../../src/look/table.ts'
import { rawField } from '../../src/raw/field.ts'
import { rawReader } from '../../src/raw/index.ts'
import { csv } from '../../src/tables/csv.ts'
import { isWithComma, withPoint } from '../../src/tables/decimal.ts'
import { rejects } from '../support/errors.ts'
import { createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('tables as spreadsheets of other languages write them')

test('numbers with a comma, and whatever is none', () => {
  for (const [text, point] of [
    ['0,5', '0.5'],
    ['-1.234.567,89', '-1234567.89'],
    ['+,5', '+0.5'],
    ['1.234', '1234'],
    ['12', '12'],
    ['1,5e-3', '1.5e-3'],
  ] as const) {
    assert.ok(isWithComma(text), text)
    assert.is(withPoint(text, ','), point)
    assert.is(withPoint(text, '.'), text)
    assert.is(withPoint(text, undefined), text)
  }
  for (const text of ['1.5', '1.23.456', '01.03.2024', '1,2,3', ',', '', '-', 'Köln', '1,']) {
    assert.not(isWithComma(text), text)
    assert.is(withPoint(text, ','), text)
  }
})

const LINES = ['Fläche;Ort;Preis', '1.000,5;Köln;2,5', '10,25;Zürich;7,5', '3;Köln;1.000,75']
const text = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`

const OPTIONS = {
  ...{ file: 'h.csv', target: 'Preis', task: 'regression', categorical: ['Ort'] },
  ...{ delimiter: ';', decimal: ',', encoding: 'windows-1252', standardize: false, testPart: 1 },
}

const inFolder = (fn: (folder: string) => Promise<void>) =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'h.csv'), Buffer.from(text(...LINES), 'latin1'))
    await fn(folder)
  })

test('a table is read so, target and all, and what a model has to know of it goes along', () =>
  inFolder(async (folder) => {
    const { info, load } = createDataset(csv, OPTIONS, { folder })
    const { train, test: held } = await load()
    const rows = [train, held].flatMap(({ inputs, labels }) =>
      Array.from(labels, (label, row) => [...inputs.slice(3 * row, 3 * row + 3), label]),
    )
    assert.equal(
      rows.sort(([a], [b]) => a! - b!),
      [
        [3, 1, 0, 1000.75],
        [10.25, 0, 1, 7.5],
        [1000.5, 1, 0, 2.5],
      ],
    )
    const input = inputEncoding.parse(JSON.parse(JSON.stringify(info.input))) as TableEncoding
    assert.equal([input.decimal, input.encoding, input.delimiter], [',', 'windows-1252', ';'])
    const read = await rawReader(input)
    // What comes later may be UTF-8 after all.
    const fresh = text('Ort;Fläche', 'Zürich;1.000,5')
    for (const bytes of [Buffer.from(fresh, 'latin1'), Buffer.from(fresh), `\ufeff${fresh}`]) {
      await writeFile(join(folder, 'f.csv'), bytes)
      assert.equal([...(await read(join(folder, 'f.csv'))).data], [1000.5, 0, 1])
    }
    const make = await rawField(input)
    for (const Fläche of ['1.000,5', 1000.5]) {
      assert.equal([...(await make({ Fläche, Ort: 'Köln' }, 'line 1', '.'))], [1000.5, 1, 0])
    }
    // A number of JSON is one, with whatever digits behind its point.
    assert.equal(
      [...(await make({ Fläche: 1.234, Ort: 'Köln' }, 'line 1', '.'))],
      [...[Math.fround(1.234), 1, 0]],
    )
  }))

test('without the option a comma is told, and what to do', () =>
  inFolder(async (folder) => {
    const { decimal: _, ...options } = OPTIONS
    await rejects(
      async () => createDataset(csv, options, { folder }).load(),
      DataError,
      /h\.csv, line 2, column "Fläche": the cell must be a number, got "1\.000,5"\n {2}If the comma is its decimal sign, say so: `decimal: ","` of `csv` and `csv-stream`\./,
    )
  }))

test('where a comma is the decimal sign a point is none', () =>
  inFolder(async (folder) => {
    for (const cell of ['12.5', '1.2500', '.5']) {
      await writeFile(join(folder, 'h.csv'), text(...LINES.slice(0, 2), `${cell};Köln;2,5`))
      await rejects(
        async () => createDataset(csv, { ...OPTIONS, encoding: 'utf-8' }, { folder }).load(),
        DataError,
        /h\.csv, line 3, column "Fläche": the cell must be a number whose decimal sign is a comma, with points between groups of three digits at most, got "[\d.]+"\n {2}Beside `1\.250`/,
      )
    }
  }))

test('a look at two tables: one encoding for both, or none', () =>
  inFolder(async (folder) => {
    const [first, second] = [join(folder, 'h.csv'), join(folder, 'test.csv')]
    const encodingOf = async (lines: string | Buffer) => {
      await writeFile(second, lines)
      return (await lookAtTable(first, second)).encoding
    }
    const ascii = text('Flache;Ort;Preis', '1;Ulm;2')
    const utf8 = Buffer.from(text(...LINES))
    assert.is(await encodingOf(Buffer.from(text(...LINES), 'latin1')), 'windows-1252')
    assert.is(await encodingOf(ascii), 'windows-1252')
    await rejects(
      () => encodingOf(utf8),
      DataError,
      /test\.csv: must be in the encoding of .*h\.csv: one of them is UTF-8, and the other is not\n {2}Save both as UTF-8/,
    )
    await writeFile(first, ascii)
    assert.is(await encodingOf(Buffer.from(text(...LINES), 'latin1')), 'windows-1252')
    assert.is(await encodingOf(utf8), undefined)
  }))

test('a look at a table sees both', () =>
  inFolder(async (folder) => {
    const facts = await lookAtTable(join(folder, 'h.csv'))
    assert.equal([facts.delimiter, facts.decimal, facts.encoding], [';', ',', 'windows-1252'])
    assert.equal(
      facts.columns.map(({ name, kind, range }) => [name, kind, range]),
      [
        ['Fläche', 'number', [3, 1000.5]],
        ['Ort', 'text', undefined],
        ['Preis', 'number', [2.5, 1000.75]],
      ],
    )
    const looked = async (content: string | Buffer) => {
      await writeFile(join(folder, 'x.csv'), content)
      const { decimal, encoding } = await lookAtTable(join(folder, 'x.csv'))
      return [decimal, encoding]
    }
    assert.equal(await looked(text(...LINES)), [',', undefined])
    assert.equal(await looked(Buffer.from(`\ufeff${text(...LINES)}`, 'utf16le')), [',', undefined])
    // Nothing has a fraction, or one has it behind a point.
    assert.equal(await looked('a;b\n1;2\n1.000;3\n'), [undefined, undefined])
    assert.equal(await looked('a;b\n1,5;2.5\n2,5;3.25\n'), [undefined, undefined])
    assert.equal(await looked('a,b\n"1,5",2\n"2,5",3\n'), [undefined, undefined])
  }))

test.run()
