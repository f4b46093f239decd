import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from '@ashlar/core'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import * as assert from 'uvu/assert'
import { csvStream, jsonLines, parquet, webdataset } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { records, writeLines } from '../support/records.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('records of every format')

const weighed = records(24).map((each) => ({ ...each, worth: each.id / 8 }))

/** The same records in each format, and what their fields are called there. */
const formats: readonly {
  readonly plugin: Plugin<'dataset'>
  readonly files: string
  readonly field?: (name: string) => string
  write(path: string): Promise<void>
}[] = [
  { plugin: jsonLines, files: 'a.jsonl', write: (path) => writeLines(path, weighed) },
  {
    plugin: parquet,
    files: 'a.parquet',
    write(path) {
      const column = (
        name: keyof (typeof weighed)[number],
        type: 'DOUBLE' | 'STRING' | 'JSON',
      ) => ({
        ...{ name, type, data: weighed.map((each) => each[name]) },
      })
      const bytes = parquetWriteBuffer({
        columnData: [
          ...[column('id', 'DOUBLE'), column('a', 'DOUBLE'), column('worth', 'DOUBLE')],
          ...[column('note', 'STRING'), column('kind', 'STRING'), column('split', 'STRING')],
          column('list', 'JSON'),
        ],
      })
      return writeFile(path, new Uint8Array(bytes))
    },
  },
  {
    plugin: csvStream,
    files: 'a.csv',
    write(path) {
      const names = Object.keys(weighed[0]!)
      const cell = (value: unknown) =>
        `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`
      const rows = weighed.map((each) => Object.values(each).map(cell).join(','))
      return writeFile(path, `${[names.join(','), ...rows].join('\n')}\n`)
    },
  },
  {
    plugin: webdataset,
    files: 'a.tar',
    field: (name) => `json.${name}`,
    async write(path) {
      const entries = weighed.map((each) => {
        const body = JSON.stringify(each)
        const name = `${String(each.id).padStart(4, '0')}.json`
        return { header: { name, size: Buffer.byteLength(body), type: 'file' as const }, body }
      })
      await writeFile(path, await packTar(entries))
    },
  },
]

const each = oneIn(4, { test, slow })

for (const { plugin, files, field = (name: string) => name, write } of formats) {
  each(`named inputs and outputs and weights of ${plugin.name}`, () =>
    withTempFolder(async (folder) => {
      await write(join(folder, files))
      const dataset = createAnyDataset(
        plugin,
        {
          files,
          inputs: {
            table: { field: [field('a'), field('id')], as: 'numbers' },
            words: { field: field('note'), as: 'text', tokens: 8 },
          },
          outputs: {
            kind: { field: field('kind'), task: 'classification' },
            box: { field: field('list'), task: 'regression', shape: [2] },
            size: { field: field('a'), task: 'regression' },
          },
          weight: field('worth'),
          splitBy: field('split'),
        },
        { folder },
      )
      const train = await listed((await dataset.load()).train, dataset)
      const own = weighed.filter(({ split }) => split === 'train')
      assert.equal(train, {
        inputs: {
          table: own.flatMap(({ a, id }) => [a, id]),
          words: own.flatMap(({ note }) => [...Buffer.from(note)].slice(0, 8)),
        },
        labels: {
          kind: own.map((each) => Number(each.kind === 'dog')),
          box: own.flatMap(({ list }) => list),
          size: own.map(({ a }) => a),
        },
        weights: own.map(({ worth }) => worth),
      })
      const { outputs, inputs } = dataset.info
      assert.equal(outputs!.kind!.classes, ['cat', 'dog'])
      assert.equal(inputs!.words!.shape, [8])
    }),
  )
}

test.run()
