import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import type { DynamicInput } from '../../src/capture/dynamic.ts'
import { checkFree } from '../support/check-free.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('tables that JavaScript fills, of any size')
const some = oneIn(4, { test, slow })

const WIDTH = 4

const list = (count: number, of: (index: number) => number) =>
  Array.from({ length: count }, (_, i) => of(i))
const positions = (length: number, of: (place: number, channel: number) => number) =>
  tf.tensor2d(
    list(length * WIDTH, (at) => of(Math.floor(at / WIDTH), at % WIDTH)),
    [length, WIDTH],
  )

/** Tables of [length, channels], added to a sequence. */
const TABLES: Readonly<Record<string, (length: number) => tf.Tensor>> = {
  'sines and cosines by turns': (length) =>
    positions(length, (place, channel) => {
      const angle = place / 10000 ** ((2 * Math.floor(channel / 2)) / WIDTH)
      return channel % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }),
  'sines, then cosines': (length) =>
    positions(length, (place, channel) => {
      const angle = place / 100 ** ((channel % 2) / 2)
      return channel < 2 ? Math.sin(angle) : Math.cos(angle)
    }),
  'a sine': (length) => tf.tensor1d(list(length, (i) => Math.sin(i / 7))).reshape([length, 1]),
  'a fast cosine': (length) =>
    tf.tensor1d(list(length, (i) => Math.cos(i * 2.9))).reshape([length, 1]),
  places: (length) => tf.tensor1d(list(length, (i) => i)).reshape([length, 1]),
  'whole places': (length) =>
    tf
      .cast(
        tf.tensor1d(
          list(length, (i) => i),
          'int32',
        ),
        'float32',
      )
      .reshape([length, 1]),
  'places times channels': (length) =>
    positions(length, (place, channel) => place * 0.25 * channel + channel),
  'places backwards': (length) =>
    tf.tensor1d(list(length, (i) => length - 1 - i)).reshape([length, 1]),
  'shares of the length': (length) =>
    tf.tensor1d(list(length, (i) => i / length)).reshape([length, 1]),
  'from -1 to 1': (length) =>
    tf.tensor1d(list(length, (i) => (2 * i) / Math.max(1, length - 1) - 1)).reshape([length, 1]),
  'middles of shares': (length) =>
    tf.tensor1d(list(length, (i) => (i + 0.5) / length)).reshape([length, 1]),
  'a window': (length) =>
    tf
      .tensor1d(list(length, (i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length)))
      .reshape([length, 1]),
}

/** Biases of [length, length], or of [queries, keys]. */
const MASKS: Readonly<Record<string, (row: number, column: number) => number>> = {
  'of what comes later': (row, column) => (column > row ? -1e9 : 0),
  'of what comes later, endless': (row, column) => (column > row ? Number.NEGATIVE_INFINITY : 0),
  'of all but a band': (row, column) => (Math.abs(row - column) <= 3 ? 1 : 0),
  'of what is before it and near': (row, column) => (column <= row && row - column < 4 ? 0 : -1e9),
  'that grows with the distance': (row, column) => -0.25 * Math.abs(row - column),
  'that grows, of what came before': (row, column) => (column > row ? -1e9 : -0.5 * (row - column)),
  'of the diagonal': (row, column) => (row === column ? 1 : 0),
}

const filled = (rows: number, columns: number, of: (row: number, column: number) => number) => {
  const numbers = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      numbers[row * columns + column] = of(row, column)
  }
  return tf.tensor2d(numbers, [rows, columns])
}

const LENGTHS = [1, 2, 3, 5, 7, 9, 21, 35, 43, 57, 77, 115, 141, 209, 345, 1301]

async function check(
  inputs: Readonly<Record<string, DynamicInput>>,
  run: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  shapes: readonly Readonly<Record<string, readonly number[]>>[],
) {
  const { wrong, refused, ran } = await checkFree({ inputs, run }, shapes)
  assert.is(refused, undefined)
  assert.equal(wrong, [])
  assert.is(ran, shapes.length)
}

for (const [name, of] of Object.entries(TABLES)) {
  some(`${name}: as in tfjs at any length`, () =>
    check(
      { x: { shape: [1, null, WIDTH], dtype: 'float32' } },
      ({ x }) => ({ y: tf.add(x!, of(x!.shape[1]!)) }),
      LENGTHS.map((length) => ({ x: [1, length, WIDTH] })),
    ),
  )
}

for (const [name, of] of Object.entries(MASKS)) {
  some(`a mask ${name}: as in tfjs at any length`, () =>
    check(
      { x: { shape: [1, null, WIDTH], dtype: 'float32' } },
      ({ x }) => {
        const rows = x!.squeeze<tf.Tensor2D>([0])
        const scores = tf.matMul(rows, rows, false, true)
        const mask = filled(rows.shape[0], rows.shape[0], of)
        return { y: tf.matMul(tf.softmax(tf.add(scores, mask)), rows) }
      },
      LENGTHS.filter((length) => length < 400).map((length) => ({ x: [1, length, WIDTH] })),
    ),
  )
}

const pairs = LENGTHS.slice(2, -1).map((length, at, all) => [
  length,
  all[(at * 5 + 2) % all.length]!,
])

some('a mask of queries that come last', () =>
  check(
    {
      q: { shape: [null, WIDTH], dtype: 'float32' },
      k: { shape: [null, WIDTH], dtype: 'float32' },
    },
    ({ q, k }) => {
      const [queries, keys] = [q!.shape[0]!, k!.shape[0]!]
      const mask = filled(queries, keys, (row, column) =>
        column > row + keys - queries ? -100 : 0,
      )
      return {
        y: tf.softmax(tf.add(tf.matMul(q as tf.Tensor2D, k as tf.Tensor2D, false, true), mask)),
      }
    },
    pairs.map(([q, k]) => ({ q: [q!, WIDTH], k: [k!, WIDTH] })),
  ),
)

const wild = (i: number) => Math.fround(Math.sin(i * i) * Math.exp(-i / 50))
const addWild = ({ x }: Record<string, tf.Tensor>) => {
  const length = x!.shape[1]!
  return { y: tf.add(x!, tf.tensor1d(list(length, wild)).reshape([length, 1])) }
}

test('any table of a size that is bounded is kept whole', () =>
  check(
    { x: { shape: [1, { max: 150 }, WIDTH], dtype: 'float32' } },
    addWild,
    [1, 2, 7, 57, 149, 150].map((length) => ({ x: [1, length, WIDTH] })),
  ))

test('one that follows no rule is refused without a bound, and says what to do', async () => {
  const { refused } = await checkFree(
    { inputs: { x: { shape: [1, null, WIDTH], dtype: 'float32' } }, run: addWild },
    [{ x: [1, 5, WIDTH] }],
  )
  assert.match(
    refused ?? '',
    /numbers made in JavaScript must not depend on the size of an input, but for sines, progressions and bands around a diagonal, got "float32 \[37\]"\n {2}Compute them with tensor operations from the input, give the size a bound \(\{ max: 512 \}, --input x=1,\?1\.\.512\) that the table is kept up to, or export with a fixed size\./,
  )
})

test.run()
