import { join } from 'node:path'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FieldRunner, predictFieldsWith } from '../../src/work/predict-fields.ts'

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

test.run()
