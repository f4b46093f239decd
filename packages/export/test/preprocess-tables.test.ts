import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodingMetadata, Model, type NumberColumn, type TableEncoding } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { rawReader } from '@ashlar/datasets/raw'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../src/index.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const test = suite('tables in the file beside those of the datasets')

/** Says of each sample what it is, the other way round. */
class Negated extends Model {
  override call(x: tf.Tensor): tf.Tensor {
    return tf.neg(x)
  }
}

const ROWS = 200

/** Columns of numbers as tables have them, by what is made of a random number. */
const KINDS: Readonly<Record<string, (random: number) => number>> = {
  'numbers of orders': (random) => 16_000_002 + Math.floor(random * 5),
  'seconds of some minutes': (random) => 1_700_000_000 + 128 * Math.floor(random * 4),
  'milliseconds of some days': (random) => 1_700_000_000_000 + 131_072 * Math.floor(random * 900),
  years: (random) => 1950 + Math.floor(random * 70),
  'below 0, and close': (random) => -8_000_000 - Math.floor(random * 3) / 2,
  prices: (random) => Math.round(random * 1e7) / 100,
  tiny: (random) => 1e-6 + random * 1e-9,
  'of all sizes': (random) => (random - 0.5) * 10 ** Math.floor(random * 30),
}

interface Made {
  readonly column: NumberColumn
  readonly cells: readonly (number | undefined)[]
}

/** Some cells are missing; what fills them lies between two numbers, as a median may. */
function columnOf(name: string, of: (random: number) => number, seed: number): Made {
  const random = seedrandom.alea(`${name} ${seed}`)
  const cells = Array.from({ length: ROWS }, () => {
    const number = Math.fround(of(random()))
    return random() < 0.1 ? undefined : number
  })
  const numbers = cells.filter((cell) => cell !== undefined)
  const mean = numbers.reduce((sum, each) => sum + (each - numbers[0]!), 0) / numbers.length
  const centre = numbers[0]! + mean
  const std = Math.sqrt(
    numbers.reduce((sum, each) => sum + (each - centre) ** 2, 0) / numbers.length,
  )
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const fill = low + (high - low) / 4
  const indicator = seed % 2 === 0 && { indicator: true }
  return { column: { kind: 'number', name, fill, ...indicator, mean: centre, std }, cells }
}

for (const seed of [1, 2]) {
  test(`numbers of any size become the samples that training saw, seed ${seed}`, () =>
    inScratch(async (folder) => {
      const all = Object.entries(KINDS).map(([name, of]) => columnOf(name, of, seed))
      const table: TableEncoding = {
        ...{ kind: 'table', delimiter: ';' },
        columns: all.map(({ column }) => column),
      }
      const path = join(folder, 'a.csv')
      const lines = Array.from({ length: ROWS }, (_, row) =>
        all.map(({ cells }) => cells[row] ?? '').join(';'),
      )
      await writeFile(path, `${[Object.keys(KINDS).join(';'), ...lines].join('\n')}\n`)
      const read = async (encoding: TableEncoding) =>
        (await (await rawReader(encoding))(path)).data as Float32Array
      const expected = await read(table)
      const width = expected.length / ROWS
      const model = new Negated()
      model.build([null, width])
      const metadata = encodingMetadata({ input: table })
      const { bytes } = await exportOnnx(model, { preprocess: true, metadata })
      const cells = await read({ ...table, inGraph: true })
      const { data } = await runFile(bytes, { input: [[ROWS, all.length], cells] })
      assert.is(data.length, expected.length)
      const found = (data as Float32Array).map((value) => -value)
      allClose(found, expected, { absolute: 1e-6, relative: 1e-6 })
      model.dispose()
    }))
}

test.run()
