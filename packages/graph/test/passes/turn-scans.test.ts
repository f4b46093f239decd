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

import {
  type Cell,
  gated,
  inputsFor,
  type Named,
  product,
  program,
  type Shapes,
  UNITS,
  WEIGHTS,
} from '../support/scan-cells.ts'

await tf.setBackend('cpu')
const test = suite('loops on turned tensors')

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

/** Cells with terms or biases that are stretched to the sum, and what these are of. */
const stretched: Readonly<Record<string, readonly [Cell, Shapes]>> = {
  ...Object.fromEntries(
    [[1], [1, 1]].map((shape) => [
      `with a bias of [${shape}]`,
      [cells['with a product of each']!, { ...WEIGHTS, b: shape }] as const,
    ]),
  ),
  'with one column of the input for all units': [
    (h, x, { u, v }) => gated(tf.add(product(h, u!), product(x, v!))),
    { u: WEIGHTS.u, v: [5, 1] },
  ],
  'with columns of input and state for all units': [
    (h, x, { u, p, v, b }) =>
      gated(tf.add(product(h, u!), tf.add(tf.add(product(h, p!), product(x, v!)), b!))),
    { u: WEIGHTS.u, p: [UNITS, 1], v: [5, 1], b: [2 * UNITS] },
  ],
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

/** The shapes of the states of all loops. */
function statesOf(graph: Graph): string[] {
  return graph.nodes
    .filter(({ op, domain }) => op === 'Scan' && domain === '')
    .map(({ attrs }) => String((attrs.body as Graph).inputs[0]!.value.shape))
}

for (const [name, cell] of Object.entries(cells)) {
  test(`a cell ${name} is what it was`, () => checkProgram(program(cell), inputsOf(16), 1e-4))
}

for (const [name, [cell, weights]] of Object.entries(stretched)) {
  test(`a cell ${name} is what it was`, () => checkProgram(program(cell), inputsFor(weights), 1e-4))
}

test('the way back through a layer goes with it, not with the layer that it reads', async () => {
  const layer = (sequence: tf.Tensor, w: tf.Tensor, u: tf.Tensor) =>
    scan(
      ([h], [x]) => {
        const next = tf.tanh(tf.add(product(x!, w), product(h!, u)))
        return { states: [next], rows: [next] }
      },
      [tf.zeros([16, u.shape[0]!])],
      [sequence],
    ).rows[0]!
  const below = 192
  const above = 64
  const inputs = {
    xs: { shape: [3, 16, 5] },
    w1: { shape: [5, below], range: [-0.1, 0.1] },
    u1: { shape: [below, below], range: [-0.1, 0.1] },
    w2: { shape: [below, above], range: [-0.1, 0.1] },
    u2: { shape: [above, above], range: [-0.1, 0.1] },
  } as const
  const stacked = (given: Named): Named => {
    const loss = (...[xs, w1, u1, w2, u2]: tf.Tensor[]) =>
      tf.mean(tf.square(layer(layer(xs!, w1!, u1!), w2!, u2!)))
    const all = Object.keys(inputs).map((name) => given[name]!)
    const by = tf.grads(loss as never)(all as never) as tf.Tensor[]
    return Object.fromEntries(by.entries())
  }
  const shapes = statesOf(optimize(captureExample(stacked, inputs), await cpuTarget()))
  // The weights of the layer above are few.
  assert.equal(shapes, [`${below},16`, `16,${above}`, `16,${above}`, `${below},16`])
  await checkProgram(stacked, inputs, 1e-4)
})

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
