import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEncodings } from '@ashlar/core'
import { inspectFile } from '@ashlar/export'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { PHOTO_TABLE, writePhotoTable } from '../support/photo-table.ts'
import { inScratch } from '../support/scratch.ts'
import { served } from '../support/served.ts'

const { test, slow } = tieredSuite('a picture and a table as inputs, streamed')

interface Predicted {
  readonly predictions: readonly {
    readonly row: number
    readonly outputs: Readonly<Record<string, { readonly data: readonly number[] }>>
    readonly answers: {
      readonly colour: { readonly class: string; readonly probability: number }
      readonly price: { readonly value: number }
    }
  }[]
}

test('is trained from a CSV table, exported, and predicts from paths and cells', () =>
  inScratch({}, async (folder) => {
    const table = await writePhotoTable(folder)
    const { run, test: tested } = await ashlarJson<{ run: string; test: Record<string, number> }>(
      ...['run', PHOTO_TABLE, `dataset.files=${table}`, '--out', join(folder, 'runs')],
    )
    assert.ok(tested.colour_accuracy! > 0.9, JSON.stringify(tested))
    const model = join(run, 'model.onnx')

    const { predictions } = await ashlarJson<Predicted>('predict', run, table)
    assert.is(predictions.length, 80)
    const right = predictions.filter(
      ({ row, answers }) => (answers.colour.class === 'red') === (((row - 1) * 7) % 3 === 0),
    )
    assert.ok(right.length > 75, `${right.length} of 80`)
    const errors = predictions.map(({ row, answers }) => {
      const id = row - 1
      const price = ((id * 11) % 40) / 40 + (id % 4 ? 0 : 0.5) + ((id * 7) % 3 ? 0 : 0.25)
      return Math.abs(answers.price.value - price)
    })
    assert.ok(errors.reduce((sum, each) => sum + each, 0) / 80 < 0.2)

    // The same of a line, and of one with the numbers that these come to.
    const lines = join(folder, 'samples.jsonl')
    const cells = { size: 33, kind: 'flat' }
    await writeFile(lines, `${JSON.stringify({ photo: 'photos/3.png', facts: cells })}\n`)
    const [line] = (await ashlarJson<Predicted>('predict', model, lines)).predictions
    assert.equal(line!.outputs, predictions.find(({ row }) => row === 4)!.outputs)
    const { out } = await ashlar('predict', model, lines)
    assert.match(out, /red \d\.\d\d\d/)

    const refused = async (sample: object) => {
      await writeFile(lines, JSON.stringify(sample))
      return (await ashlar('predict', model, lines)).err
    }
    assert.match(
      await refused({ photo: '../out.png', facts: cells }),
      /line 1, photo: the path of a picture must stay within/,
    )
    assert.match(
      await refused({ photo: 'photos/3.png', facts: { size: 1 } }),
      /line 1, facts, column "kind": the cell must not be empty/,
    )
    assert.match(
      await refused({ photo: 'photos/3.png', facts: { size: 'wide', kind: 'flat' } }),
      /line 1, facts, column "size": the cell must be a number/,
    )
    assert.match(
      await refused({ photo: 5, facts: cells }),
      /line 1, photo: must be float32 \[4, 4, 3\], as lists in lists, or the path of a picture/,
    )
    assert.match(
      await refused({ photo: 'photos/3.png', facts: '33,flat' }),
      /line 1, facts: must be float32 \[3\], as lists in lists, or an object with the cells of the columns size, kind/,
    )
    assert.match(
      await refused({ photo: 'photos/3.png' }),
      /facts is missing: facts float32 \[3\], or an object with the cells of the columns size, kind\./,
    )
    assert.match(
      (await ashlar('predict', model, join(folder, 'photos', '3.png'))).err,
      /takes named fields, from files of JSON lines \(\.jsonl, \.ndjson\) or tables \(\.csv, \.tsv\), got/,
    )
    const other = join(folder, 'other.csv')
    await writeFile(other, 'photo,size\nphotos/3.png,1\n')
    assert.match(
      (await ashlar('predict', model, other)).err,
      /must have the columns photo, size, kind; there is no "kind"/,
    )
  }))

for (const [layout, preprocess, name, ...more] of [
  ['nhwc', true, 'bytes'],
  ['nchw', 'resize', 'bytes'],
  ['nchw', true, 'colours', 'export.colors=true', 'dataset.inputs.photo.channels=1'],
] as const) {
  slow(`a file that takes ${name} and cells says the same, from a server as well: ${layout}`, () =>
    inScratch({}, async (folder) => {
      const table = await writePhotoTable(folder)
      const { run } = await ashlarJson<{ run: string }>(
        ...['run', PHOTO_TABLE, `dataset.files=${table}`, '--out', join(folder, 'runs')],
        ...[`export.preprocess=${preprocess}`, `export.layout=${layout}`, ...more],
      )
      const { metadata } = await inspectFile(join(run, 'model.onnx'))
      const { photo, facts } = readEncodings(metadata, run).inputs!
      assert.equal([photo!.inGraph, facts!.inGraph], [preprocess, true])
      assert.is(photo!.kind === 'image' && photo!.colors, name === 'colours' || undefined)
      const { predictions } = await ashlarJson<Predicted>('predict', run, table)
      const right = predictions.filter(
        ({ row, answers }) => (answers.colour.class === 'red') === (((row - 1) * 7) % 3 === 0),
      )
      assert.ok(right.length > 75, `${right.length} of 80`)
      const lines = join(folder, 'samples.jsonl')
      const sample = { photo: 'photos/3.png', facts: { size: 33, kind: 'flat' } }
      await writeFile(lines, `${JSON.stringify(sample)}\n`)
      await served(run, async (url) => {
        // A server is asked in parts, and sums of other batches are rounded otherwise.
        const asked = await ashlarJson<Predicted>('client', table, '--url', url)
        assert.is(asked.predictions.length, 80)
        for (const [at, { row, answers }] of asked.predictions.entries()) {
          const own = predictions[at]!
          assert.is(row, own.row)
          assert.is(answers.colour.class, own.answers.colour.class)
          assert.ok(Math.abs(answers.price.value - own.answers.price.value) < 1e-4)
        }
        const { predictions: told } = await ashlarJson<Predicted>('client', lines, '--url', url)
        const fourth = predictions[3]!.answers.price.value
        assert.ok(Math.abs(told[0]!.answers.price.value - fourth) < 1e-4)
        const { code, err } = await ashlar('client', join(folder, 'photos/3.png'), '--url', url)
        assert.is(code, 1)
        assert.match(err, /takes named fields, from files of JSON lines/)
      })
    }),
  )
}

test.run()
