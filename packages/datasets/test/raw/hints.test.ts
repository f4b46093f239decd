import { join } from 'node:path'
import type { InputEncoding } from '@ashlar/core/encoding'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rawReader } from '../../src/raw/index.ts'

const test = suite('what to do about data that is to be predicted')

const table = {
  ...{ kind: 'table', delimiter: ';', decimal: ',' },
  columns: [{ kind: 'number', name: 'size' }],
} as unknown as InputEncoding
const picture = {
  ...{ kind: 'image', height: 2, width: 2, channels: 1, fit: 'cover' },
} as unknown as InputEncoding

test('a cell is mended: options of training are no help', () =>
  inScratch({ 't.csv': 'size\n1,5\nabc\n', 'empty.csv': 'size;x\n;1\n' }, async (folder) => {
    const read = await rawReader(table)
    const hint = '\n  The model reads this column as it was trained with it: mend the cell.'
    const text = join(folder, 't.csv')
    assert.is(
      await refusal(() => read(text)),
      `${text}, line 3, column "size": the cell must be a number, got "abc"${hint}`,
    )
    const empty = join(folder, 'empty.csv')
    assert.is(
      await refusal(() => read(empty)),
      `${empty}, line 2, column "size": the cell must not be empty${hint}`,
    )
  }))

test('a broken picture is got again, or left out', () =>
  inScratch({ 'bad.png': 'hello' }, async (folder) => {
    const read = await rawReader(picture)
    const message = await refusal(() => read(join(folder, 'bad.png')))
    assert.match(message, /must be a whole PNG.*\n {2}Get the file again, or leave it out\.$/)
  }))

test.run()
