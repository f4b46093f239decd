import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createValue,
  emptyGraph,
  freeSize,
  type Graph,
  type Shape,
  sizeOf,
} from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { lengthenRows } from '../../src/passes/short-rows.ts'
import { createSession } from '../../src/session/session.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('short-rows')

type Shapes = readonly [a: readonly number[], b: readonly number[], result: Shape]

/** `a op b`. */
function graphOf(op: string, [a, b, shape]: Shapes): Graph {
  const graph = emptyGraph()
  const [x, y] = [a, b].map((each, index) => {
    const value = createValue(each, 'float32', { name: 'ab'[index]! })
    graph.inputs.push({ name: value.name!, value, state: false })
    return value
  })
  const builder = new OnnxBuilder(graph)
  const isComparison = ['Equal', 'Greater', 'Less'].includes(op)
  const result = builder.node(op, [x!, y!], {}, { shape, dtype: isComparison ? 'bool' : 'float32' })
  const value = isComparison ? builder.cast(result, 'float32') : result
  graph.outputs.push({ name: 'result', value, state: false })
  return graph
}

/** Numbers of which some meet their equals, with zeros of both signs, infinities, NaN, and what is too small for a full mantissa. */
const SPECIAL = [0, -0, 1, -1, 3e38, 1e-40, Infinity, -Infinity, NaN, 2.5, 7]

function numbers(shape: readonly number[], step: number): Float32Array {
  const size = Number(sizeOf(shape))
  return Float32Array.from({ length: size }, (_, at) => SPECIAL[(at * step + (at >> 4)) % 11]!)
}

const opsOf = (graph: Graph) => graph.nodes.map(({ op }) => op)

/** The same numbers; zeros of either sign. */
async function holds(op: string, shapes: Shapes, { isLengthened = true } = {}): Promise<Graph> {
  const feeds = { a: numbers(shapes[0], 3), b: numbers(shapes[1], 5) }
  const [expected] = await runLowered(graphOf(op, shapes), feeds)
  const graph = graphOf(op, shapes)
  const before = opsOf(graph)
  lengthenRows(graph)
  assert.is(
    opsOf(graph).join() !== before.join(),
    isLengthened,
    `${op} of ${JSON.stringify(shapes)}`,
  )
  const [actual] = await runLowered(graph, feeds)
  const wrong = actual!.findIndex(
    (each, at) => !(each === expected![at] || Object.is(each, expected![at])),
  )
  assert.is(wrong, -1, `${op} of ${JSON.stringify(shapes)} at ${wrong}`)
  return graph
}

const classes: Shapes = [
  [2, 32, 33, 4],
  [2, 32, 33, 1],
  [2, 32, 33, 4],
]

for (const op of ['Add', 'Sub', 'Mul', 'Max', 'Min', 'Equal', 'Greater', 'Less']) {
  test(`${op}: a number for each row is spread, whichever operand it is`, async () => {
    const [a, b, result] = classes
    assert.ok(opsOf(await holds(op, classes)).includes('MatMul'))
    await holds(op, [b, a, result])
  })

  test(`${op}: a row for all is repeated, and rows are joined`, async () => {
    const graph = await holds(op, [[2112, 4], [4], [2112, 4]])
    const { outputs } = graph.nodes.find((node) => node.op === op)!
    assert.equal(outputs[0]!.shape, [11, 768])
  })
}

test('a number for each row meets a row for all, as labels meet the names of classes', async () => {
  assert.equal(opsOf(await holds('Equal', [[2, 1056, 1], [5], [2, 1056, 5]])), [
    ...['Reshape', 'MatMul', 'Reshape', 'Tile', 'Equal', 'Reshape', 'Cast'],
  ])
})

test('whole numbers are copied side by side, where rows are shorter still', async () => {
  const compare = (classes: number) => {
    const graph = emptyGraph()
    const labels = createValue([2112, 1], 'int32', { name: 'labels' })
    graph.inputs.push({ name: 'labels', value: labels, state: false })
    const builder = new OnnxBuilder(graph)
    const names = builder.tensor(
      Array.from({ length: classes }, (_, at) => at),
      [classes],
      'int32',
    )
    const value = builder.node(
      'Equal',
      [labels, names],
      {},
      {
        ...{ shape: [2112, classes], dtype: 'bool' },
      },
    )
    graph.outputs.push({ name: 'result', value: builder.cast(value, 'float32'), state: false })
    return graph
  }
  const run = async (graph: Graph) => {
    const session = await createSession(writeOnnx(graph, { opset: 17 }))
    const labels = Int32Array.from({ length: 2112 }, (_, at) => (at * 7) % 5)
    const results = await session.run({ labels: new ort.Tensor('int32', labels, [2112, 1]) })
    await session.release()
    return results.result!.data as Float32Array
  }
  const graph = compare(4)
  lengthenRows(graph)
  assert.ok(opsOf(graph).includes('Concat'))
  assert.equal(await run(graph), await run(compare(4)))
  const longer = compare(9)
  lengthenRows(longer)
  assert.equal(opsOf(longer), ['Equal', 'Cast'])
})

test('zeros keep their sign where that may be seen, as by a division', async () => {
  const shapes: Shapes = [
    [2112, 4],
    [2112, 1],
    [2112, 4],
  ]
  const feeds = { a: new Float32Array(2112 * 4).fill(1), b: new Float32Array(2112).fill(-0) }
  const graph = graphOf('Mul', shapes)
  lengthenRows(graph, { keepsZeros: true })
  assert.ok(opsOf(graph).includes('Concat'), opsOf(graph).join())
  const [products] = await runLowered(graph, feeds)
  assert.ok(products!.every((each) => Object.is(each, -0)))
  const longer = graphOf('Mul', [
    [2112, 9],
    [2112, 1],
    [2112, 9],
  ])
  lengthenRows(longer, { keepsZeros: true })
  assert.equal(opsOf(longer), ['Mul'])
  const compared = graphOf('Less', shapes)
  lengthenRows(compared, { keepsZeros: true })
  assert.ok(opsOf(compared).includes('MatMul'))
})

test('rows of several axes, with and without axes of one, are rows', async () => {
  await holds('Mul', [
    [64, 33, 2, 2],
    [64, 33, 1, 1],
    [64, 33, 2, 2],
  ])
  await holds('Sub', [
    [2112, 1, 3, 1],
    [2112, 1, 1, 1],
    [2112, 1, 3, 1],
  ])
  await holds('Add', [
    [2112, 3, 3],
    [1, 3, 3],
    [2112, 3, 3],
  ])
})

test('what gains nothing or lies otherwise is left alone', async () => {
  const isLengthened = false
  await holds(
    'Sub',
    [
      [2047, 4],
      [2047, 1],
      [2047, 4],
    ],
    { isLengthened },
  )
  await holds(
    'Sub',
    [
      [2112, 17],
      [2112, 1],
      [2112, 17],
    ],
    { isLengthened },
  )
  await holds(
    'Sub',
    [
      [2112, 4],
      [2112, 4],
      [2112, 4],
    ],
    { isLengthened },
  )
  await holds('Sub', [[2112, 4], [1], [2112, 4]], { isLengthened })
  // Across the rows.
  await holds(
    'Sub',
    [
      [2, 1056, 4],
      [1, 1056, 4],
      [2, 1056, 4],
    ],
    { isLengthened },
  )
  await holds(
    'Sub',
    [
      [2, 1056, 4],
      [2, 1, 4],
      [2, 1056, 4],
    ],
    { isLengthened },
  )
  await holds(
    'Sub',
    [
      [2, 1056, 4],
      [1056, 1],
      [2, 1056, 4],
    ],
    { isLengthened },
  )
  // The sign of a zero that something is divided by would be lost.
  await holds('Div', classes, { isLengthened })
  // A prime number of rows cannot be joined.
  await holds('Add', [[2113, 4], [4], [2113, 4]], { isLengthened })
})

test('sizes that vary are left alone', () => {
  const graph = graphOf('Sub', [
    [2112, 4],
    [2112, 1],
    [2112, 4],
  ])
  graph.nodes[0]!.outputs[0]!.shape = [freeSize('batch', [2112, 4224]), 4]
  lengthenRows(graph)
  assert.equal(opsOf(graph), ['Sub'])
})

test.run()
