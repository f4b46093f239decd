import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { scan } from '../../src/capture/scan.ts'
import { createValue, emitter, type Node } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { columnsOfSteps } from '../../src/ops/matmul-steps.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkFree } from '../support/check-free.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')
const test = suite('products of all steps')

type Named = Record<string, tf.Tensor>
type Term = (x: tf.Tensor, of: Named) => tf.Tensor

const product = (a: tf.Tensor, b: tf.Tensor, isLeft = false, isRight = false) =>
  tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, isLeft, isRight)

const TERMS: Readonly<Record<string, Term>> = {
  'sums of rows': (x) => tf.sum(tf.square(x), 1),
  'sums of columns': (x) => tf.sum(tf.square(x), 0),
  'products along columns': (x) => product(x, tf.sin(x), false, true),
  'products along rows': (x) => product(x, tf.sin(x), true),
  'products with one matrix': (x, { w }) => tf.sin(product(x, w!)),
  'convolutions with one filter': (x, { f }) => {
    const image = tf.reshape(x, [x.shape[0]!, 1, x.shape[1]!, 1])
    return tf.conv2d(image as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')
  },
}

/** The sum of a term over all steps, and its derivatives where they are asked for. */
function sumsOf(term: Term, withDerivatives: boolean) {
  return ({ xs, w, f }: Named): Named => {
    const sum = (...[sequence, matrix, filter]: tf.Tensor[]) => {
      const of = { w: matrix!, f: filter! }
      const [, rows, columns] = sequence!.shape as [number, number, number]
      const { shape } = term(tf.zeros([rows, columns]), of)
      return scan(
        ([state], [x]) => ({ states: [tf.add(state!, term(x!, of))], rows: [] }),
        [tf.zeros(shape)],
        [sequence!],
      ).states[0]!
    }
    const y = sum(xs!, w!, f!)
    if (!withDerivatives) return { y }
    // No term reads both the matrix and the filter.
    const loss = (...all: tf.Tensor[]) =>
      [tf.sin(sum(...all)), all[1]!, all[2]!]
        .map((each) => tf.sum(each))
        .reduce((a, b) => tf.add(a, b))
    const by = tf.grads(loss as never)([xs!, w!, f!] as never) as tf.Tensor[]
    return { y, ...Object.fromEntries(by.entries()) }
  }
}

const inputs = {
  xs: { shape: [3, 4, 5] },
  w: { shape: [5, 6] },
  f: { shape: [1, 3, 1, 2] },
} as const

for (const [name, term] of Object.entries(TERMS)) {
  test(`${name} add up to what the steps give, and so do derivatives`, () =>
    checkProgram(sumsOf(term, true), inputs, 1e-4))

  test(`${name} add up over steps, batches and columns that vary`, async () => {
    const whole = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape }]) => [
        key,
        { shape: shape as readonly (number | null)[], dtype: 'float32' as const },
      ]),
    )
    const targets = [portableTarget(), await cpuTarget(), portableTarget()]
    // The matrix has as many rows as there are columns.
    for (const axis of name.includes('one matrix') ? [0, 1] : [0, 1, 2]) {
      const free = inputs.xs.shape.map((size, at) => (at === axis ? null : size))
      const sizes = {
        xs: inputs.xs.shape.map((each, at) => (at === axis ? 7 : each)),
        w: inputs.w.shape,
        f: inputs.f.shape,
      }
      const varying = { ...whole, xs: { shape: free, dtype: 'float32' as const } }
      const result = await checkFree(
        { inputs: varying, run: sumsOf(term, axis === 1) },
        [sizes],
        (graph) => optimize(graph, targets[axis]!),
      )
      assert.equal(result, { wrong: [], ran: 1 }, `axis ${axis}`)
    }
  })
}

test('what is summed along columns leaves no loop', () => {
  for (const name of ['sums of rows', 'products along columns']) {
    const given = Object.entries(inputs).map(([key, { shape }]) => [
      key,
      { shape, dtype: 'float32' },
    ])
    const graph = capture(sumsOf(TERMS[name]!, false), { inputs: Object.fromEntries(given) })
    const ops = optimize(graph, portableTarget()).nodes.map(({ op }) => op)
    assert.not.ok(ops.includes('Scan'), ops.join())
    assert.is(ops.filter((op) => op === 'Gemm' || op === 'MatMul').length, 1, ops.join())
  }
})

test('columns of all steps lie side by side', () => {
  const made: Node[] = []
  const value = columnsOfSteps({ call: emitter(made, '') }, createValue([7, 1, 3, 5], 'float32'))
  assert.equal(value.shape, [1, 3, 35])
  assert.equal(
    made.map(({ op, outputs }) => [op, outputs[0]!.shape]),
    [
      ['Reshape', [7, 3, 5]],
      ['Transpose', [3, 7, 5]],
      ['Reshape', [1, 3, 35]],
    ],
  )
})

test.run()
