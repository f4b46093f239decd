import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableEncoding } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('streamed tables as spreadsheets of other languages write them')

const TOWNS = ['Köln', 'Zürich', '„Übel“', 'Łódź']
const HEAD = ['Fläche', 'Ort', 'Gewicht', 'Zahlen', 'Preis']
const LINES = Array.from({ length: 24 }, (_, at) =>
  [
    `${at % 3 === 0 ? '1.00' : ''}${at % 10},${at}`,
    `"${TOWNS[at % 3]}"`,
    `0,${1 + (at % 5)}`,
    `"${at},5 1.000,25"`,
    `${at}.000,75`,
  ].join('\t'),
)
const text = [HEAD.join('\t'), ...LINES].join('\r\n')

const FORMAT = { delimiter: '\\t', decimal: ',', encoding: 'latin1' }
const FITTED = { target: 'Preis', task: 'regression', features: ['Fläche', 'Ort'], testPart: 6 }
// Means are summed in two ways, which part in the last digit.
const COLUMNS = { ...FITTED, categorical: ['Ort'], standardize: false, threads: 0 }

/** windows-1252, which Node has no writer for: Latin 1 but for quotes. */
const bytes = Buffer.from(text.replaceAll('„', '\u0084').replaceAll('“', '\u0093'), 'latin1')

async function seen(folder: string, file: string, format: object, isStreamed: boolean) {
  const { threads: _, ...fitted } = COLUMNS
  const dataset = isStreamed
    ? createAnyDataset(csvStream, { files: file, ...COLUMNS, ...format }, { folder })
    : createAnyDataset(csv, { file, ...fitted, ...format }, { folder })
  const splits = await dataset.load()
  const { input, targetScale } = dataset.info
  const { encoding: __, ...encoding } = input as { encoding?: string }
  return {
    ...{ encoding, targetScale },
    samples: await Promise.all(partsOf(splits).map((split) => listed(split, dataset))),
  }
}

test('numbers with a comma and text of another encoding are those of a table in memory', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), bytes)
    const streamed = await seen(folder, 'a.csv', FORMAT, true)
    assert.equal(streamed, await seen(folder, 'a.csv', FORMAT, false))
    assert.ok(streamed.targetScale!.mean[0]! > 1000)
    const { info } = createAnyDataset(
      csvStream,
      { files: 'a.csv', ...COLUMNS, ...FORMAT },
      { folder },
    )
    const { delimiter, decimal, encoding, columns } = info.input as unknown as {
      [key: string]: string
    } & { columns: { categories?: string[] }[] }
    const scaled = { files: 'a.csv', ...COLUMNS, ...FORMAT, standardize: true }
    const [number] = (createAnyDataset(csvStream, scaled, { folder }).info.input as TableEncoding)
      .columns
    assert.ok(number?.kind === 'number' && number.mean! > 200 && number.std! > 400)
    // What a model has to know of it goes along.
    assert.equal([delimiter, decimal, encoding], ['\t', ',', 'windows-1252'])
    assert.equal(columns[1]!.categories, ['Köln', 'Zürich', '„Übel“'])
    // The same table in UTF-8, and in what has characters of two bytes.
    await writeFile(join(folder, 'b.csv'), `\ufeff${text}`)
    const { encoding: _, ...format } = FORMAT
    assert.equal(await seen(folder, 'b.csv', format, true), streamed)
  }))

test('weights, and numbers that are no table, have a comma as well', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), bytes)
    const options = {
      ...{ files: 'a.csv', ...FORMAT, weight: 'Gewicht', testPart: 6, threads: 0 },
      inputs: { list: { field: 'Zahlen', as: 'numbers', shape: [2] } },
      outputs: { list: { field: 'Zahlen', task: 'regression', shape: [2] } },
    }
    const dataset = createAnyDataset(csvStream, options, { folder })
    // What a model has to know of it goes along.
    const format = { delimiter: '\t', decimal: ',', encoding: 'windows-1252' }
    assert.equal(dataset.info.format, format)
    const { test: held } = await dataset.load()
    const { inputs, labels, weights } = await listed(held, dataset)
    const { list } = inputs as { list: number[] }
    assert.equal(labels, { list })
    assert.is(list.length, 12)
    for (let at = 0; at < 12; at += 2) assert.equal([list[at]! % 1, list[at + 1]], [0.5, 1000.25])
    for (const weight of weights!) assert.ok(weight > 0 && weight < 0.6, `${weight}`)
  }))

test('what cannot be is told', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.csv'), bytes)
    await writeFile(join(folder, 'wide.csv'), Buffer.from(`\ufeff${text}`, 'utf16le'))
    await writeFile(join(folder, 'marked.csv'), `\ufeff${text}`)
    await writeFile(join(folder, 'point.csv'), text.replace('0.000,75', '12.5'))
    await writeFile(join(folder, 'feature.csv'), text.replace('1.000,0\t', '12.5\t'))
    const told = (files: string, format: object = {}) =>
      refusal(async () =>
        createAnyDataset(csvStream, { files, ...COLUMNS, ...FORMAT, ...format }, { folder }).load(),
      )
    const utf8 = { encoding: 'utf-8' }
    assert.match(
      await told('a.csv', { encoding: undefined }),
      /a\.csv: the text must be utf-8\n {2}Save the table as UTF-8, or say what it is in, such as `encoding: windows-1252`/,
    )
    for (const encoding of ['utf-16le', 'iso-2022-jp']) {
      assert.match(
        await told('a.csv', { encoding }),
        /^csv-stream\.encoding: must be an encoding whose lines are found by their bytes, got ".*"\n {2}Save the tables as UTF-8, or read them into memory \(`csv`\)/,
      )
    }
    assert.match(
      await told('wide.csv'),
      /wide\.csv: the text of a table that is streamed must be in an encoding whose lines are found by their bytes, and its byte order mark says utf-16le\n/,
    )
    assert.match(
      await told('marked.csv'),
      /marked\.csv: the byte order mark says that the text is utf-8, and `encoding` says windows-1252\n {2}Leave `encoding` out/,
    )
    assert.match(
      await told('point.csv', utf8),
      /point\.csv, line 2, "Preis": must be a number whose decimal sign is a comma, got "12\.5"\n {2}Beside `1\.250`/,
    )
    assert.match(
      await told('feature.csv', utf8),
      /feature\.csv, line 2, column "Fläche": the cell must be a number whose decimal sign is a comma, .*got "12\.5"/,
    )
    assert.match(
      await told('marked.csv', { encoding: undefined, decimal: '.' }),
      /marked\.csv, line \d+, "Preis": must be a number, got "0\.000,75"\n {2}If the comma is its decimal sign, say so: `decimal: ","` of `csv` and `csv-stream`\.$/,
    )
  }))

test.run()
