import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from '@ashlar/core'
import { refusal, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import * as assert from 'uvu/assert'
import { csvStream, jsonLines, parquet, webdataset } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('several labels of records')

const GENRES = ['comedy', 'drama', 'science fiction']

/** Which of them each film is; one is none. */
const FILMS = [
  ['comedy'],
  ['drama', 'comedy'],
  [],
  ['science fiction'],
  ['drama', 'science fiction'],
]

const films = FILMS.map((genres, id) => ({
  ...{ id, genres },
  ...Object.fromEntries(GENRES.map((genre) => [genre, genres.includes(genre)])),
}))

const input = { input: 'id', as: 'numbers' }
const common = { task: 'multi-label', testPart: 1, threads: 0 }
const list = { ...common, target: 'genres', classes: GENRES }
const fields = { ...common, target: GENRES }

/** Ids with the labels that samples of all splits have. */
async function labelsOf(plugin: Plugin<'dataset'>, options: object, folder: string) {
  const dataset = createAnyDataset(plugin, options, { folder })
  const { multiLabel, classes, labelShape } = dataset.info
  assert.equal([multiLabel, classes.length, labelShape], [true, 3, [3]])
  const found: string[] = []
  for (const split of partsOf(await dataset.load())) {
    const { inputs, labels } = (await listed(split, dataset)) as unknown as Record<string, number[]>
    for (const [at, id] of inputs!.entries()) {
      found.push(`${id}: ${labels!.slice(3 * at, 3 * at + 3).join('')}`)
    }
  }
  return found.sort()
}

const EXPECTED = ['0: 100', '1: 110', '2: 000', '3: 001', '4: 011']

test('a list of names, or a field for each class: lines', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), films)
    const of = (options: object) =>
      labelsOf(jsonLines, { files: 'a.jsonl', ...input, ...options }, folder)
    assert.equal(await of(list), EXPECTED)
    assert.equal(await of(fields), EXPECTED)
    const indices = films.map((film) => ({
      ...film,
      genres: film.genres.map((genre) => GENRES.indexOf(genre)),
    }))
    await writeLines(join(folder, 'a.jsonl'), indices)
    assert.equal(await of(list), EXPECTED)
  }))

test('cells of a table, however lists are written', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    const options = { files: 'a.csv', features: ['id'], standardize: false }
    const python = (genres: readonly string[]) =>
      `[${genres.map((genre) => (genre === 'drama' ? `"${genre}"` : `'${genre}'`)).join(', ')}]`
    for (const between of [';', '|', ', ', 'json', 'python'] as const) {
      const rows = films.map(({ id, genres }) => {
        const written = { json: JSON.stringify(genres), python: python(genres) }
        const cell = between in written ? written[between as 'json'] : genres.join(between)
        return `${id},"${cell.replaceAll('"', '""')}"`
      })
      await writeFile(path, `id,genres\n${rows.join('\n')}\n`)
      assert.equal(await labelsOf(csvStream, { ...options, ...list }, folder), EXPECTED, between)
    }
    for (const [yes, no] of [
      ['yes', 'no'],
      ['1', '0'],
      ['True', 'False'],
      // As other tools write 1 and 0 of a column where something was missing.
      ['1.0', '0.0'],
    ]) {
      const rows = FILMS.map((genres, id) =>
        [id, ...GENRES.map((genre) => (genres.includes(genre) ? yes : no))].join(','),
      )
      await writeFile(path, `id,${GENRES.join(',')}\n${rows.join('\n')}\n`)
      // Left out, features are all columns but the labels.
      const own = { files: 'a.csv', standardize: false, ...fields }
      assert.equal(await labelsOf(csvStream, own, folder), EXPECTED)
    }
  }))

slow('columns of Parquet and files of shards', () =>
  withTempFolder(async (folder) => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'id', data: films.map(({ id }) => id), type: 'INT32' },
        ...GENRES.map((name) => ({
          name,
          data: FILMS.map((genres) => genres.includes(name)),
          type: 'BOOLEAN' as const,
        })),
        { name: 'genres', data: FILMS, type: 'JSON' },
      ],
    })
    await writeFile(join(folder, 'a.parquet'), new Uint8Array(bytes))
    const parquetOptions = { files: 'a.parquet', ...input }
    assert.equal(await labelsOf(parquet, { ...parquetOptions, ...fields }, folder), EXPECTED)
    assert.equal(await labelsOf(parquet, { ...parquetOptions, ...list }, folder), EXPECTED)
    const entries = films.flatMap(({ id, genres }) =>
      Object.entries({ 'id.txt': String(id), 'genres.txt': genres.join(';') }).map(
        ([name, body]) => ({ header: { name: `${id}.${name}`, size: body.length }, body }),
      ),
    )
    await writeFile(join(folder, 'a.tar'), await packTar(entries))
    const tar = { files: 'a.tar', input: 'id.txt', as: 'numbers', ...list, target: 'genres.txt' }
    assert.equal(await labelsOf(webdataset, tar, folder), EXPECTED)
  }),
)

test('names that nobody knows, answers that are none, options that do not go together', () =>
  withTempFolder(async (folder) => {
    const of = async (film: object, options: object) => {
      await writeLines(join(folder, 'a.jsonl'), [films[0]!, { ...films[1], ...film }, films[2]!])
      return wrong(jsonLines, { files: 'a.jsonl', ...input, ...options }, folder, 'a.jsonl')
    }
    assert.match(
      await of({ genres: ['western'] }, list),
      /a\.jsonl, record 2, "genres": must be some of comedy, drama, science fiction, or their numbers from 0 on, got "western"\n {2}A list, or names with/,
    )
    assert.match(await of({ genres: [3] }, list), /got 3/)
    assert.match(await of({ genres: [true] }, list), /got true/)
    assert.match(
      await of({ drama: 'perhaps' }, fields),
      /a\.jsonl, record 2, "drama": must say yes or no: 1, true, yes, y, t, 0, false, no, n, f, got "perhaps"/,
    )
    assert.match(await of({ drama: undefined }, fields), /"drama": must say yes or no/)
    const refused = (options: object) =>
      refusal(() =>
        createAnyDataset(jsonLines, { files: 'a.jsonl', ...input, ...options }, { folder }),
      )
    assert.match(
      await refused({ ...list, classes: undefined }),
      /dataset\.classes: must be given for `task: multi-label`/,
    )
    assert.match(
      await refused({ ...fields, classes: ['a', 'b'] }),
      /dataset\.classes: must have one for each of the 3 fields, got "a, b"|got \["a", ?"b"\]/,
    )
    // In one form of Unicode or another.
    assert.match(
      await refused({ ...list, classes: ['caf\u00e9', 'b', 'cafe\u0301'] }),
      /^dataset\.classes: must name each class once, got "caf\u00e9"$/,
    )
    assert.match(
      await refused({ ...fields, target: ['drama', 'drama'] }),
      /^dataset\.target: must name each field once, got "drama"$/,
    )
    const kind = { field: 'genres', task: 'multi-label', classes: ['a', 'b', 'a'] }
    assert.match(
      await refused({ outputs: { kind } }),
      /^dataset\.outputs\.kind\.classes: must name each class once, got "a"$/,
    )
    assert.match(
      await refused({ ...fields, task: 'classification' }),
      /dataset\.target: must be one field for `task: classification`, got .*\n {2}Several fields that say yes or no are `task: multi-label`/,
    )
  }))

test('classes that are called as numbers are told by their names, before their places', () =>
  withTempFolder(async (folder) => {
    const numbered = { ...list, classes: ['1', '2', '3'] }
    const rows = [[1, 2], [3], ['2']]
    const lines = rows.map((genres, id) => ({ id, genres }))
    await writeLines(join(folder, 'a.jsonl'), lines)
    const cells = rows.map(
      (genres, id) => `${id},"${JSON.stringify(genres).replaceAll('"', '""')}"`,
    )
    await writeFile(join(folder, 'a.csv'), `id,genres\n${cells.join('\n')}\n`)
    const expected = ['0: 110', '1: 001', '2: 010']
    assert.equal(
      await labelsOf(jsonLines, { files: 'a.jsonl', ...input, ...numbered }, folder),
      expected,
    )
    const table = { files: 'a.csv', features: ['id'], standardize: false, ...numbered }
    assert.equal(await labelsOf(csvStream, table, folder), expected)
  }))

for (const genres of [[null], [[]], [[0]], [''], [-1], [0.5]]) {
  test(`what is neither a name nor a place: ${JSON.stringify(genres)}`, () =>
    withTempFolder(async (folder) => {
      await writeLines(join(folder, 'a.jsonl'), [films[0]!, { ...films[1], genres }])
      assert.match(
        await wrong(jsonLines, { files: 'a.jsonl', ...input, ...list }, folder, 'a.jsonl'),
        /record 2, "genres": must be some of comedy/,
      )
    }))
}

test.run()
