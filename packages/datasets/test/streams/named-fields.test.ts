import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refusal, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { csvStream, jsonLines, numpy } from '../../src/index.ts'
import { gatherersOf } from '../../src/streams/gather-columns.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { npy, picture, records, writeLines } from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('several fields of streams')

const all = records(24)

/** A table with two groups of columns, a picture, a text, and a list of tags. */
async function writeMixedCsv(folder: string): Promise<void> {
  await mkdir(join(folder, 'pictures'))
  for (const { id } of all) {
    await writeFile(join(folder, 'pictures', `${id}.png`), await picture(id))
  }
  const rows = all.map(
    ({ id, kind, split, a, note }) =>
      `${id},${kind},${split},${a},${id % 3 === 0 ? 'red' : 'blue'},${2 * id},pictures/${id}.png,"${note.replaceAll('"', '""')}","[${id % 2}, ${id % 3}]"`,
  )
  await writeFile(
    join(folder, 'a.csv'),
    `id,kind,split,a,colour,worth,path,note,tags\n${rows.join('\n')}\n`,
  )
}

const mixed = {
  files: 'a.csv',
  splitBy: 'split',
  inputs: {
    sizes: { field: ['id', 'a'] },
    looks: { field: ['a', 'colour'], categorical: ['colour'], standardize: false },
    photo: { field: 'path', as: 'picture', size: [2, 2] },
    words: { field: 'note', as: 'text', tokens: 6 },
    plain: { field: 'id', as: 'numbers' },
  },
  outputs: {
    kind: { field: 'kind', task: 'classification' },
    tags: { field: 'tags', task: 'tagging', classes: ['x', 'y', 'z'], shape: [3] },
    size: { field: 'worth', task: 'regression' },
  },
}

test('columns of a CSV table go to several inputs, pictures and texts among them, and to several outputs', () =>
  withTempFolder(async (folder) => {
    await writeMixedCsv(folder)
    const own = all.filter(({ split }) => split === 'train')
    // What is fitted is fitted to the rows that are trained on.
    const fitted = (numbers: readonly number[]) => {
      const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length
      const square = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length
      return (number: number) => (number - mean) / Math.sqrt(square)
    }
    const [ofId, ofA] = [fitted(own.map(({ id }) => id)), fitted(own.map(({ a }) => a))]
    for (const threads of [1, 3]) {
      const dataset = createAnyDataset(csvStream, { ...mixed, threads }, { folder })
      const [train, validation, tested] = await Promise.all(
        partsOf(await dataset.load()).map((split) => listed(split, dataset)),
      )
      const { sizes, photo, ...inputs } = train!.inputs as Record<string, number[]>
      const wanted = own.flatMap(({ id, a }) => [ofId(id), ofA(a)])
      for (const [at, each] of sizes!.entries()) assert.ok(Math.abs(each - wanted[at]!) < 1e-6)
      assert.equal(inputs, {
        looks: own.flatMap(({ a, id }) => [a, Number(id % 3 !== 0), Number(id % 3 === 0)]),
        words: own.flatMap(({ note }) => [...Buffer.from(note)].slice(0, 6)),
        plain: own.map(({ id }) => id),
      })
      assert.equal(
        photo!.filter((_, at) => at % 12 === 0),
        own.map(({ id }) => (id * 10) % 250),
      )
      assert.equal(train!.labels, {
        kind: own.map(({ kind }) => Number(kind === 'dog')),
        tags: own.flatMap(({ id }) => [id % 2, id % 3, -1]),
        size: own.map(({ id }) => 2 * id),
      })
      assert.is((validation!.inputs as { plain: number[] }).plain.length, 6)
      assert.is((tested!.inputs as { plain: number[] }).plain.length, 6)
      const { inputs: fields } = dataset.info
      assert.is(fields!.sizes!.encoding?.kind, 'table')
      assert.is(fields!.photo!.encoding?.kind, 'image')
      assert.equal(fields!.looks!.shape, [3])
    }
  }))

test('options of named fields that contradict each other are told', () =>
  withTempFolder(async (folder) => {
    await writeMixedCsv(folder)
    const of = (options: object) =>
      refusal(() => createAnyDataset(csvStream, { ...mixed, ...options }, { folder }).load())
    assert.match(await of({ features: ['a'] }), 'dataset.inputs: must be left out where `features`')
    assert.match(
      await of({ target: 'kind' }),
      'dataset.outputs: must be left out where `target` is given',
    )
    assert.match(await of({ outputs: undefined }), 'dataset.target: must be given')
    assert.match(await of({ inputs: {} }), 'dataset.inputs: must name at least one')
    const input = (own: object) => of({ inputs: { sizes: own } })
    assert.match(await input({ field: 'kind' }), 'dataset.inputs.sizes.field: must name columns')
    assert.match(
      await input({ field: 'id', categorical: ['a'] }),
      'dataset.inputs.sizes.categorical: must name features only',
    )
    assert.match(await input({ field: 'lost' }), 'the first row must name the column "lost"')
    assert.match(
      await input({ field: 'path', as: 'picture' }),
      'dataset.inputs.sizes.size: must be given for `as: picture`',
    )
    assert.match(
      await input({ field: 'id', as: 'numbers', categorical: ['id'] }),
      'categorical: must be left out but of a table',
    )
    const tags = { field: 'tags', task: 'tagging', shape: [3] }
    assert.match(
      await of({ outputs: { tags } }),
      'dataset.outputs.tags.classes: must be given for `task: tagging`',
    )
    assert.match(
      await of({ outputs: { tags: { ...tags, classes: ['x', 'y'], ignoreIndex: 1 } } }),
      'dataset.outputs.tags.ignoreIndex: must be none of the classes, and 1 is y',
    )
    assert.match(
      await wrong(
        csvStream,
        { ...mixed, outputs: { tags: { ...tags, classes: ['x', 'y'] } } },
        folder,
        'a.csv',
      ),
      /a\.csv, line \d+, "tags", place 1: must be x, y, or a number from 0 to 1, got 2/,
    )
  }))

test('a path of a picture in a table leads nowhere but into its folder', () =>
  withTempFolder(async (folder) => {
    const inner = join(folder, 'inner')
    await mkdir(inner)
    await writeFile(join(folder, 'out.png'), await picture(1))
    await writeFile(join(inner, 'a.csv'), 'path,kind\n../out.png,x\n../out.png,y\n../out.png,x\n')
    const options = {
      ...{ files: 'a.csv', target: 'kind', task: 'classification', features: undefined },
      inputs: { photo: { field: 'path', as: 'picture', size: [2, 2] } },
      outputs: { kind: { field: 'kind', task: 'classification' } },
      ...{ target: undefined, task: undefined, testPart: 1 },
    }
    assert.match(
      await wrong(csvStream, options, inner, 'a.csv'),
      'the path of a picture must stay within',
    )
  }))

slow('several arrays of NumPy are fields by name, labels of any shape among them', () =>
  withTempFolder(async (folder) => {
    const write = (name: string, descr: string, shape: number[], data: ArrayBufferView) =>
      writeFile(join(folder, name), npy(descr, shape, data))
    const list = <T>(length: number, of: (at: number) => T) =>
      Array.from({ length }, (_, at) => of(at))
    const image = Uint8Array.from({ length: 10 * 4 }, (_, at) => at * 3)
    const table = Float32Array.from({ length: 20 }, (_, at) => at / 4)
    const places = Int8Array.from({ length: 40 }, (_, at) => (at % 4) - 1)
    await write('image.npy', '|u1', [10, 2, 2, 1], image)
    await write('table.npy', '<f4', [10, 2], table)
    await write('kind.npy', '<i4', [10], Int32Array.from(list(10, (at) => at % 3)))
    await write('places.npy', '|i1', [10, 2, 2], places)
    await write('box.npy', '<f8', [10, 2], Float64Array.from(table))
    const options = {
      inputs: { image: 'image.npy', table: 'table.npy' },
      labels: { kind: 'kind.npy', places: 'places.npy', box: 'box.npy' },
      task: { kind: 'classification', places: 'classification', box: 'regression' },
      classes: { places: ['a', 'b', 'c'] },
      testPart: 2,
    }
    const dataset = createAnyDataset(numpy, options, { folder })
    const parts = await Promise.all(
      partsOf(await dataset.load()).map((split) => listed(split, dataset)),
    )
    const rows = parts.flatMap(({ inputs, labels }) => {
      const [x, y] = [inputs, labels] as Record<string, number[]>[]
      return list(x!.table!.length / 2, (at) => ({
        image: x!.image!.slice(at * 4, at * 4 + 4),
        table: x!.table!.slice(at * 2, at * 2 + 2),
        kind: y!.kind![at],
        places: y!.places!.slice(at * 4, at * 4 + 4),
        box: y!.box!.slice(at * 2, at * 2 + 2),
      }))
    })
    assert.equal(
      rows.sort((a, b) => a.table[0]! - b.table[0]!),
      list(10, (at) => ({
        image: [...image.slice(at * 4, at * 4 + 4)],
        table: [...table.slice(at * 2, at * 2 + 2)],
        kind: at % 3,
        places: [...places.slice(at * 4, at * 4 + 4)],
        box: [...table.slice(at * 2, at * 2 + 2)],
      })),
    )
    const { inputs, outputs } = dataset.info
    assert.is(inputs!.image!.dtype, 'uint8')
    assert.equal(outputs!.kind!.classes, ['0', '1', '2'])
    assert.equal(outputs!.places!.shape, [2, 2])
    const of = (more: object) =>
      refusal(() => createAnyDataset(numpy, { ...options, ...more }, { folder }).load())
    assert.match(
      await of({ classes: undefined }),
      'numpy.classes.places: must be given where a sample has more than one label',
    )
    assert.match(await of({ task: { kind: 'classification' } }), 'numpy.task.places: must be given')
    assert.match(await of({ inputs: {} }), 'numpy.inputs: must name at least one')
    assert.match(
      await of({ testInputs: { image: 'image.npy' }, testLabels: options.labels }),
      'numpy.testInputs: must name the same fields as `inputs`',
    )
    await write('table.npy', '<f4', [9, 2], table)
    assert.match(await of({}), /table\.npy: must have a row for each of the 10 samples of .*image/)
    await write('table.npy', '<f4', [10, 2], table)
    assert.match(
      await wrong(numpy, { ...options, classes: { places: ['a', 'b'] } }, folder, 'image.npy'),
      /"labels\/places", place \d: must be a number from 0 to 1, got 2/,
    )
  }),
)

slow('texts of different lengths say how long they are, in batches of like ones', () =>
  withTempFolder(async (folder) => {
    const texts = Array.from({ length: 60 }, (_, id) => 'ab'.repeat(1 + ((id * 7) % 12)))
    await writeLines(
      join(folder, 'a.jsonl'),
      texts.map((note, id) => ({
        note,
        ids: [...note].map((_, at) => 1 + (at % 4)),
        tags: [...note].map((letter) => (letter === 'a' ? 'x' : 'y')),
        kind: id % 2 ? 'odd' : 'even',
      })),
    )
    for (const input of [
      { field: 'note', as: 'text', tokens: 20 },
      { field: 'ids', as: 'ids', tokens: 20, vocabulary: 5 },
    ]) {
      const options = {
        files: 'a.jsonl',
        inputs: { words: { ...input, pad: 'batch' } },
        outputs: { tags: { field: 'tags', task: 'tagging', classes: ['x', 'y'] } },
        testPart: 12,
      }
      const dataset = createAnyDataset(jsonLines, options, { folder })
      const { train, digest } = await dataset.load()
      assert.is(train.lengths?.length, 48)
      const { inputs, labels } = await listed(train, dataset)
      const [x, y] = [(inputs as { words: number[] }).words, (labels as { tags: number[] }).tags]
      for (const [row, length] of train.lengths!.entries()) {
        const own = y.slice(row * 20, (row + 1) * 20)
        assert.is(own.filter((label) => label >= 0).length, length)
        assert.equal(
          own.slice(0, length),
          Array.from({ length }, (_, at) => at % 2),
        )
        assert.ok(x.slice(row * 20 + length, (row + 1) * 20).every((token) => token === 0))
      }
      const whole = createAnyDataset(
        jsonLines,
        { ...options, inputs: { words: input } },
        { folder },
      )
      const padded = await whole.load()
      assert.is(padded.train.lengths, undefined)
      assert.equal((await listed(padded.train, whole)).inputs, inputs)
      assert.is.not(padded.digest, digest)
    }
    const late = {
      files: 'a.jsonl',
      inputs: {
        first: { field: 'note', as: 'text', tokens: 4 },
        second: { field: 'note', as: 'text', tokens: 4, pad: 'batch' },
      },
      outputs: { kind: { field: 'kind', task: 'classification' } },
    }
    assert.match(
      await refusal(() => createAnyDataset(jsonLines, late, { folder }).load()),
      'dataset.inputs.second.pad: must be left out but of the first input',
    )
  }),
)

test('lists in the cells of a table are as long as their places, and what cannot be measured is never cut', () =>
  withTempFolder(async (folder) => {
    const long = Array.from({ length: 12 }, (_, id) => 1 + ((id * 5) % 9))
    const rows = long.map((length, id) => {
      const ids = Array.from({ length }, (_, at) => 1 + (at % 4))
      return `${length},"${JSON.stringify(ids)}",${id % 2 ? 'odd' : 'even'}`
    })
    await writeFile(join(folder, 'a.csv'), `length,ids,kind\n${rows.join('\n')}\n`)
    const options = {
      files: 'a.csv',
      inputs: {
        words: { field: 'ids', as: 'ids', tokens: 8, vocabulary: 5, pad: 'batch' },
        length: { field: 'length', as: 'numbers' },
      },
      outputs: { kind: { field: 'kind', task: 'classification' } },
      testPart: 2,
    }
    const dataset = createAnyDataset(csvStream, options, { folder })
    const { train } = await dataset.load()
    const { length } = (await listed(train, dataset)).inputs as Record<string, number[]>
    assert.equal(
      [...train.lengths!],
      length!.map((each) => Math.min(each, 8)),
    )
    const measured = (of: 'list' | 'text', value: unknown) => {
      const measure = of === 'list' ? { of } : { of, tokenizer: undefined }
      const [gatherer] = gatherersOf([{ field: 'x', asNumbers: true, measure }])
      gatherer!.add(value, 'a row')
      return [...gatherer!.done().numbers!]
    }
    for (const value of [[4, 5, 6], '[4, 5, 6]', 'a b c', Buffer.from('[4, 5, 6]\n')]) {
      assert.equal(measured('list', value), [3])
    }
    assert.equal(measured('text', Buffer.from('abc\n')), [4])
    for (const none of [undefined, null, 7, {}]) {
      assert.equal(measured('list', none), [Number.POSITIVE_INFINITY])
      assert.equal(measured('text', none), [Number.POSITIVE_INFINITY])
    }
  }))

test.run()
