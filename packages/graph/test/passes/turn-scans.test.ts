import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')
const test = suite('loops on turned tensors')

type Named = Record<string, tf.Tensor>
type Cell = (h: tf.Tensor, x: tf.Tensor, of: Named) => tf.Tensor

const UNITS = 128
const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)

/** Half of the gates let through what the other half says. */
const gated = (gates: tf.Tensor) => {
  const [gate, candidate] = tf.split(gates, 2, 1) as [tf.Tensor, tf.Tensor]
  return tf.mul(tf.sigmoid(gate), tf.tanh(candidate))
}

const cells: Readonly<Record<string, Cell>> = {
  'with a product of each': (h, x, { w, u, b }) =>
    gated(tf.add(tf.add(product(x, w!), product(h, u!)), b!)),
  'with the bias on the input': (h, x, { w, u, b }) =>
    gated(tf.add(tf.add(product(x, w!), b!), product(h, u!))),
  'with input and state in one product': (h, x, { w, u, b }) =>
    gated(tf.add(product(tf.concat([x, h], 1), tf.concat([w!, u!], 0)), b!)),
  'with a mask that stretches': (h, x, { w, u, b }) => {
    const next = gated(tf.add(tf.add(product(x, w!), product(h, u!)), b!))
    const isOn = tf.greater(tf.slice(x, [0, 1], [-1, 1]), 0)
    return tf.where(tf.tile(isOn, [1, UNITS]), next, h)
  },
}

function inputsOf(batch: number) {
  return {
    xs: { shape: [3, batch, 5] },
    w: { shape: [5, 2 * UNITS], range: [-0.3, 0.3] },
    u: { shape: [UNITS, 2 * UNITS], range: [-0.1, 0.1] },
    b: { shape: [2 * UNITS] },
    h: { shape: [batch, UNITS] },
  } as const
}

/** All states, the last one, and the derivatives by everything. */
function program(cell: Cell) {
  return ({ xs, h, ...weights }: Named): Named => {
    const names = Object.keys(weights)
    const network = (...[sequence, start, ...values]: tf.Tensor[]) => {
      const of = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
      return scan(
        ([state], [x]) => {
          const next = cell(state!, x!, of)
          return { states: [next], rows: [next] }
        },
        [start!],
        [sequence!],
      )
    }
    const loss = (...all: tf.Tensor[]) => {
      const { states, rows } = network(...all)
      return tf.add(tf.sum(tf.square(states[0]!)), tf.mean(rows[0]!)) as tf.Scalar
    }
    const all = [xs!, h!, ...Object.values(weights)]
    const { states, rows } = network(...all)
    const by = tf.grads(loss as never)(all as never) as tf.Tensor[]
    return { last: states[0]!, rows: rows[0]!, ...Object.fromEntries(by.entries()) }
  }
}

/** The shapes of the states of all loops. */
function statesOf(graph: Graph): string[] {
  return graph.nodes
    .filter(({ op, domain }) => op === 'Scan' && domain === '')
    .map(({ attrs }) => String((attrs.body as Graph).inputs[0]!.value.shape))
}

for (const [name, cell] of Object.entries(cells)) {
  test(`a cell ${name} is what it was`, () => checkProgram(program(cell), inputsOf(16), 1e-4))
}

for (const name of [
  'with a product of each',
  'with the bias on the input',
  'with input and state in one product',
]) {
  test(`a cell ${name} is turned both ways`, async () => {
    const graph = captureExample(program(cells[name]!), inputsOf(16))
    const shapes = statesOf(optimize(graph, await cpuTarget()))
    assert.ok(shapes.length >= 2)
    assert.equal([...new Set(shapes)], [`${UNITS},16`])
  })
}

test('what comes in is multiplied along with the state', async () => {
  const graph = captureExample(program(cells['with a product of each']!), inputsOf(16))
  const lowered = optimize(graph, await cpuTarget())
  const [forward] = lowered.nodes.filter(({ op }) => op === 'Scan')
  const { nodes } = forward!.attrs.body as Graph
  const products = nodes.filter(({ op }) => op === 'Gemm')
  assert.equal(
    products.map(({ inputs }) => inputs.map((input) => input!.shape)),
    [
      [
        [2 * UNITS, UNITS + 6],
        [UNITS + 6, 16],
      ],
    ],
  )
  assert.not.ok(
    nodes.some(({ op }) => op === 'Add'),
    'the bias is a column of the weights',
  )
})

test('a batch that fills no vectors stays as it is, one as large as the weights, and what goes into a file', async () => {
  const cell = program(cells['with a product of each']!)
  for (const batch of [20, 80]) {
    const shapes = statesOf(optimize(captureExample(cell, inputsOf(batch)), await cpuTarget()))
    assert.equal([...new Set(shapes)], [`${batch},${UNITS}`])
  }
  const shapes = statesOf(optimize(captureExample(cell, inputsOf(16)), portableTarget()))
  assert.equal([...new Set(shapes)], [`16,${UNITS}`])
})

test('neither way is turned where one of them has a kernel that cannot be', async () => {
  const sliced: Cell = (h, x, { w, u, b }) => {
    const gates = tf.add(tf.add(product(x, w!), product(h, u!)), b!)
    const part = (begin: number) => tf.slice(gates, [0, begin], [-1, UNITS])
    return tf.mul(tf.sigmoid(part(0)), tf.tanh(part(UNITS)))
  }
  const shapes = statesOf(
    optimize(captureExample(program(sliced), inputsOf(16)), await cpuTarget()),
  )
  // The first one is not gone back through.
  assert.equal(shapes, [`${UNITS},16`, `16,${UNITS}`, `16,${UNITS}`])
  await checkProgram(program(sliced), inputsOf(16), 1e-4)
})

test.run()
