import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { compile } from '../../src/run/compile.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('sums at listed places')

const indices = () => tf.tensor1d([3, 0, 2, 1, 3], 'int32')
const ids = (list: number[]) => tf.tensor1d(list, 'int32')

/** A sum of `count` rows to `rows` places. */
const summing = (sizes: { count: number; rows: number; width: number }) =>
  capture(
    ({ x, places }) => ({ y: tf.unsortedSegmentSum(x!, places as tf.Tensor1D, sizes.rows) }),
    {
      inputs: {
        x: { shape: [sizes.count, sizes.width], dtype: 'float32' },
        places: { shape: [sizes.count], dtype: 'int32' },
      },
    },
  )

/** The same number by number; what lies outside is left out. */
function sumsByRow(
  { x, places }: { x: Float32Array; places: Int32Array },
  rows: number,
  width: number,
): Float32Array {
  const sums = new Float32Array(rows * width)
  for (const [at, value] of x.entries()) {
    const row = places[Math.floor(at / width)]!
    if (row >= 0 && row < rows) sums[row * width + (at % width)]! += value
  }
  return sums
}

for (const list of [
  [0, 0, 1, 2, 2],
  [0, 2, 2, 5, 5],
]) {
  for (const name of ['sparseSegmentSum', 'sparseSegmentMean'] as const) {
    test(`${name} of segments ${list}`, () =>
      checkProgram(
        ({ data }) => ({ y: tf.sparse[name](data as tf.Tensor2D, indices(), ids(list)) }),
        { data: { shape: [4, 3] } },
      ))
  }
}

test('need segments that are known', () => {
  assert.throws(
    () =>
      capture(
        ({ data, segments }) => ({
          y: tf.sparse.sparseSegmentSum(data as tf.Tensor2D, indices(), segments as tf.Tensor1D),
        }),
        {
          inputs: {
            data: { shape: [4, 3], dtype: 'float32' },
            segments: { shape: [5], dtype: 'int32' },
          },
        },
      ),
    /SparseSegmentSum: segmentIds must be a constant/,
  )
})

for (const [list, message] of [
  [[0, 1, 0, 2, 2], /segmentIds must not fall/],
  [[-1, 0, 0, 1, 1], /segmentIds must not fall and not be negative/],
] as const) {
  test(`refuse segments ${list}`, () => {
    assert.throws(
      () =>
        capture(
          ({ data }) => ({
            y: tf.sparse.sparseSegmentSum(data as tf.Tensor2D, indices(), ids([...list])),
          }),
          { inputs: { data: { shape: [4, 3], dtype: 'float32' } } },
        ),
      message,
    )
  })
}

const ROWS = 6000

/** Programs that add the rows of x to three places. */
const sums: Readonly<Record<string, (x: tf.Tensor, places: tf.Tensor1D) => tf.Tensor>> = {
  unsortedSegmentSum: (x, places) => tf.unsortedSegmentSum(x, places, 3),
  'gradient of an embedding': (x, places) =>
    tf.grad((table: tf.Tensor) => tf.gather(table, places).mul(x).sum())(tf.zeros([3, 64])),
  scatterND: (x, places) => tf.scatterND(tf.expandDims(places, 1), x, [3, 64]),
  'scatterND of two places': (x, places) =>
    tf.scatterND(tf.stack([tf.zerosLike(places), places], 1), x, [1, 3, 64]),
  'scatterND of single numbers': (x, places) =>
    tf.tile(
      tf.scatterND(tf.expandDims(places, 1), x.slice([0, 0], [ROWS, 1]).flatten(), [3]),
      [64],
    ),
}

for (const [name, sum] of Object.entries(sums)) {
  test(`${name}: several threads lose nothing that goes to the same place`, async () => {
    const graph = capture(({ x, places }) => ({ y: sum(x!, places as tf.Tensor1D) }), {
      inputs: {
        x: { shape: [ROWS, 64], dtype: 'float32' },
        places: { shape: [ROWS], dtype: 'int32' },
      },
    })
    const program = await compile(graph, { threads: 4 })
    const x = new Float32Array(ROWS * 64).fill(1)
    const places = Int32Array.from({ length: ROWS }, (_, row) => row % 3)
    for (let run = 0; run < 3; run++) {
      const { y } = await program.run({ x, places })
      assert.equal(new Set(y as Float32Array), new Set([ROWS / 3]))
    }
    await program.dispose()
  })
}

test('long sums keep columns apart, and leave out what is outside', async () => {
  const [count, rows, width] = [600, 50, 64]
  const graph = summing({ count, rows, width })
  const program = await compile(graph)
  const x = Float32Array.from({ length: count * width }, (_, at) => at % 97)
  const places = Int32Array.from({ length: count }, (_, row) => ((row * 7) % (rows + 2)) - 1)
  const { y } = await program.run({ x, places })
  const expected = sumsByRow({ x, places }, rows, width)
  assert.equal(Array.from(y as Float32Array), Array.from(expected))
  await program.dispose()
})

for (const [count, rows, width] of [
  [1025, 1, 32],
  [600, 50, 64],
  [4099, 96, 33],
] as const) {
  test(`steps of training add ${count} rows to ${rows} of ${width} numbers by a product`, async () => {
    const graph = summing({ count, rows, width })
    const program = await compile(graph, { trains: true })
    assert.is(
      program.graph.nodes.some(({ op }) => op === 'ScatterElements'),
      false,
    )
    const x = Float32Array.from({ length: count * width }, (_, at) => (at % 97) - 40)
    const places = Int32Array.from({ length: count }, (_, row) => ((row * 7) % (rows + 2)) - 1)
    const { y } = await program.run({ x, places })
    const expected = sumsByRow({ x, places }, rows, width)
    // Whole numbers, which have no rounding.
    assert.equal(Array.from(y as Float32Array), Array.from(expected))
    await program.dispose()
  })
}

test('sums of few rows, narrow ones, or to many places, are no product, nor are those of evaluation', async () => {
  for (const [count, rows, width, trains] of [
    [100, 50, 64, true],
    [4096, 50, 31, true],
    [1024, 97, 64, true],
    [1024, 50, 64, false],
  ] as const) {
    const graph = summing({ count, rows, width })
    const { nodes } = optimize(graph, await cpuTarget(), { trains })
    assert.ok(nodes.some(({ op }) => op === 'ScatterElements'))
  }
})

test.run()
