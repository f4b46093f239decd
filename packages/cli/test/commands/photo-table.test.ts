import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { PHOTO_TABLE, writePhotoTable } from '../support/photo-table.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a picture and a table as inputs, streamed')

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

test.run()
