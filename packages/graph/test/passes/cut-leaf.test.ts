import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { cutLeaf, unitOf } from '../../src/passes/cut-leaf.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('cut-leaf')

/** Cuts a padded input and puts the pieces together again, beside the padded input itself. */
async function cutAndJoin(
  shape: readonly number[],
  pads: readonly number[],
  bounds: readonly number[],
) {
  const graph = emptyGraph()
  const x = createValue(shape, 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const builder = new OnnxBuilder(graph)
  const rank = shape.length
  const whole = shape.map((size, axis) => size + pads[axis]! + pads[rank + axis]!)
  const spec = { shape: whole, dtype: 'float32' as const }
  const padded = builder.node('Pad', [x, builder.ints(pads)], {}, spec)
  const size = whole.reduce((product, each) => product * each, 1)
  const flat = builder.node(
    'Flatten',
    [padded],
    { axis: 0 },
    { shape: [1, size], dtype: 'float32' },
  )
  const pieces = cutLeaf(builder, padded, bounds)
  graph.outputs.push({ name: 'whole', value: flat, state: false })
  graph.outputs.push({ name: 'joined', value: builder.concat(pieces, 0), state: false })
  const count = shape.reduce((product, each) => product * each, 1)
  const data = Float32Array.from({ length: count }, (_, index) => index + 1)
  const [expected, joined] = await runLowered(graph, { x: data })
  assert.equal(joined, expected)
  return graph.nodes
}

test('pieces of a tap among nine: zeros are constants, the one comes from what was padded', async () => {
  const bounds = Array.from({ length: 10 }, (_, index) => index * 6)
  const nodes = await cutAndJoin([1, 1, 2, 3], [1, 1, 0, 0, 1, 1, 0, 0], bounds)
  assert.is(nodes.filter(({ op }) => op === 'Split').length, 0)
})

test('pieces that hold zeros and taps', async () => {
  await cutAndJoin([2, 2, 2, 3], [1, 1, 0, 0, 0, 0, 0, 0], [0, 12, 30, 54])
})

test('a Pad that goes into the matrices is cut as it is', async () => {
  const nodes = await cutAndJoin([1, 1, 2, 3], [1, 1, 1, 0, 1, 1, 0, 0], [0, 40, 81])
  assert.is(nodes.filter(({ op }) => op === 'Split').length, 1)
})

test('a unit is the matrix of a tap, unless it is larger than a piece', () => {
  assert.is(unitOf(createValue([3, 3, 4, 5], 'float32'), 100), 20)
  assert.is(unitOf(createValue([3, 3, 4, 50], 'float32'), 100), 1)
  assert.is(unitOf(createValue([4, 5], 'float32'), 100), 1)
})

test.run()
