import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { graphOf, pieceOf, structureKey } from '../../src/backend/structure.ts'
import { createNode } from '../../src/capture/record-call.ts'
import { createValue, type Value } from '../../src/ir/index.ts'

const test = suite('structure of pieces')

const feed = (shape: readonly number[]) =>
  createValue(shape, 'float32', { data: new Float32Array(4) })

/** x + y, then its square root. */
function chain(shape: readonly number[], attrs = {}, wiring: 'xy' | 'xx' = 'xy') {
  const x = feed(shape)
  const y = wiring === 'xy' ? feed(shape) : x
  const spec = { shape, dtype: 'float32' } as const
  const sum = createNode('Add', { a: x, b: y }, {}, [spec])
  const root = createNode('Sqrt', { x: sum.outputs[0]! }, attrs, [spec])
  return pieceOf([sum, root], [root.outputs[0]!])
}

test('is equal for equal kernels, shapes and wiring, whatever the numbers', () => {
  assert.is(structureKey(chain([4])), structureKey(chain([4])))
})

test('differs with shape, attributes, wiring and results', () => {
  const piece = chain([4])
  const keys = [
    piece,
    chain([2, 2]),
    chain([4], { alpha: 1 }),
    chain([4], { alpha: -0 }),
    chain([4], { alpha: Number.NaN }),
    chain([4], {}, 'xx'),
    { ...piece, results: piece.nodes.map(({ outputs }) => outputs[0] as Value) },
  ].map(structureKey)
  assert.is(new Set(keys).size, keys.length)
})

test('becomes a graph of its own', () => {
  const piece = chain([4])
  const graph = graphOf(piece)
  assert.equal(
    graph.inputs.map(({ name }) => name),
    ['i0', 'i1'],
  )
  assert.equal(
    graph.outputs.map(({ name }) => name),
    ['o0'],
  )
  assert.equal(
    graph.nodes.map(({ op }) => op),
    ['Add', 'Sqrt'],
  )
  for (const node of graph.nodes) {
    for (const value of [...node.inputs, ...node.outputs]) {
      assert.not(piece.feeds.includes(value!))
      assert.is(value!.data, undefined)
    }
  }
})

test.run()
