import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph, type Graph } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { flattenScalarArithmetic } from '../../src/passes/flatten-scalar-arithmetic.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('flatten-scalar-arithmetic')

/** `2 - x` and `x * other`. */
function graphOf(shape: readonly number[], other: readonly number[]): Graph {
  const graph = emptyGraph()
  const x = createValue(shape, 'float32', { name: 'x' })
  const y = createValue(other, 'float32', { name: 'y' })
  for (const value of [x, y]) graph.inputs.push({ name: value.name!, value, state: false })
  const builder = new OnnxBuilder(graph)
  graph.outputs.push({ name: 'a', value: builder.sub(builder.scalar(2), x), state: false })
  graph.outputs.push({ name: 'b', value: builder.mul(x, y), state: false })
  return graph
}

const x = Float32Array.of(1, 2, 3, 4, 5, 6)

test('images of one channel are worked on as vectors, with the same result', async () => {
  const feeds = { x, y: Float32Array.of(3) }
  const expected = await runLowered(graphOf([2, 3, 1], [1, 1]), feeds)
  const graph = graphOf([2, 3, 1], [1, 1])
  flattenScalarArithmetic(graph)
  const arithmetic = graph.nodes.filter(({ op }) => op !== 'Reshape')
  assert.equal(
    arithmetic.map(({ outputs }) => outputs[0]!.shape),
    [[6], [6]],
  )
  assert.equal(
    graph.outputs.map(({ value }) => value.shape),
    [
      [2, 3, 1],
      [2, 3, 1],
    ],
  )
  assert.equal(await runLowered(graph, feeds), expected)
})

test('operands that broadcast stay as they are', () => {
  const graph = graphOf([2, 3, 1], [3, 1])
  flattenScalarArithmetic(graph)
  assert.equal(graph.nodes.at(-1)!.outputs[0]!.shape, [2, 3, 1])
})

test('more channels stay as they are', () => {
  const graph = graphOf([2, 1, 3], [1])
  flattenScalarArithmetic(graph)
  assert.is(graph.nodes.filter(({ op }) => op === 'Reshape').length, 0)
})

test.run()
