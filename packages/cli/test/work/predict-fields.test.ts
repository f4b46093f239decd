import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Output } from '../../src/terminal/output.ts'
import { type FieldRunner, predictFieldsWith, showFields } from '../../src/work/predict-fields.ts'

const test = suite('predictions of named fields')

/** Gives back what it is given. */
const same: FieldRunner = {
  inputs: [{ name: 'x', shape: [-1, 1], dtype: 'float32' }],
  outputNames: ['x'],
  run: (feeds) => Promise.resolve(feeds as Awaited<ReturnType<FieldRunner['run']>>),
  mostLines: 4096,
}

test('a file may have more lines than a call takes arguments', () => {
  const count = 160_000
  const lines = Array.from({ length: count }, (_, at) => `{"x":[${at}]}\n`).join('')
  return inScratch({ 'a.jsonl': lines }, async (folder) => {
    const found = await predictFieldsWith('same', same, new Map(), [join(folder, 'a.jsonl')])
    assert.is(found.predictions.length, count)
    assert.equal(found.predictions.at(-1)!.outputs.x!.data, [count - 1])
  })
})

test('cells of inputs that are numbers are read as the tables of the training were written', async () => {
  const table = (name: string, text: string, format?: object) =>
    inScratch({ [name]: text }, async (folder) => {
      const metadata = new Map<string, string>()
      // A picture beside them: a table may be given for it.
      if (format === undefined)
        metadata.set('ashlar.inputs', '{"p": {"kind": "table", "columns": [], "delimiter": ","}}')
      else metadata.set('ashlar.format', JSON.stringify(format))
      const found = await predictFieldsWith('same', same, metadata, [join(folder, name)])
      return found.predictions.map(({ outputs }) => outputs.x!.data)
    })
  const german = { delimiter: ';', decimal: ',' }
  await Promise.all([
    table('a.csv', 'x;y\n1.250;0\n0,5;1\n[2.5];0\n-3;1\n', german).then((read) =>
      assert.equal(read, [[1250], [0.5], [2.5], [-3]]),
    ),
    table('b.tsv', 'x\ty\n1,5\t0\n', german).then((read) => assert.equal(read, [[1.5]])),
    table('c.csv', 'x,y\n1.250,0\n', { delimiter: ',' }).then((read) =>
      assert.equal(read, [[1.25]]),
    ),
    table('d.csv', 'x,y\n1.250,0\n').then((read) => assert.equal(read, [[1.25]])),
    refusal(() => table('e.csv', 'x;y\n1.5;0\n', german)).then((told) =>
      assert.match(
        told,
        /e\.csv, row 1, x, value 0: must be a number that float32 holds, got "1\.5"/,
      ),
    ),
  ])
})

test('the name of a file is no formula in CSV', () =>
  inScratch({ 'a.jsonl': '{"x":[-1]}\n' }, async (folder) => {
    const path = join(folder, 'a.jsonl')
    const { predictions } = await predictFieldsWith('same', same, new Map(), [path])
    const lines: string[] = []
    showFields(
      predictions.map((each) => ({ ...each, file: '=HYPERLINK(1).csv' })),
      { csv: true },
      { line: (text: string) => lines.push(text) } as unknown as Output,
    )
    assert.equal(lines, ['file,row,x', "'=HYPERLINK(1).csv,1,-1"])
  }))

test.run()
