import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attrsKey } from '../../src/ir/attrs-key.ts'
import {
  bytesOf,
  constant,
  constantData,
  countUses,
  createValue,
  emptyGraph,
  filled,
  type Graph,
  isConstant,
  type Node,
  namedInput,
  replaceUses,
  uniformValue,
  type Value,
} from '../../src/ir/index.ts'

const test = suite('graph')

function nodeOf(graph: Graph, inputs: Record<string, Value>): Node {
  const node: Node = {
    op: 'Add',
    domain: 'tfjs',
    inputNames: Object.keys(inputs),
    inputs: Object.values(inputs),
    attrs: {},
    outputs: [createValue([2], 'float32')],
    scope: '',
  }
  node.outputs[0]!.node = node
  graph.nodes.push(node)
  return node
}

test('values have ids that grow', () => {
  const [a, b] = [createValue([1], 'float32'), createValue([1], 'float32')]
  assert.ok(b.id > a.id)
})

test('constants of one number take no memory until somebody asks', () => {
  const value = filled(3, [2, 2], 'int64')
  assert.is(value.data, undefined)
  assert.ok(isConstant(value))
  assert.equal(constantData(value), BigInt64Array.of(3n, 3n, 3n, 3n))
  assert.equal(constantData(filled(0.5, [2], 'float32')), Float32Array.of(0.5, 0.5))
})

test('know the one number that all elements equal', () => {
  assert.is(uniformValue(filled(2, [9], 'float32')), 2)
  assert.is(uniformValue(constant(Float32Array.of(4, 4), [2], 'float32')), 4)
  assert.is(uniformValue(constant(Float32Array.of(4, 5), [2], 'float32')), undefined)
  assert.is(uniformValue(constant(new Float32Array(0), [0], 'float32')), undefined)
  assert.is(uniformValue(createValue([2], 'float32')), undefined)
})

test('find an input by the name that tfjs gives it', () => {
  const [a, b] = [createValue([2], 'float32'), createValue([2], 'float32')]
  const node = nodeOf(emptyGraph(), { a, b })
  assert.is(namedInput(node, 'b'), b)
  assert.is(namedInput(node, 'bias'), undefined)
})

test('replace and count uses, along chains', () => {
  const graph = emptyGraph()
  const [a, b, c] = [1, 2, 3].map(() => createValue([2], 'float32')) as [Value, Value, Value]
  const node = nodeOf(graph, { a, b: a })
  graph.outputs.push({ name: 'y', value: a, state: false })
  assert.is(countUses(graph).get(a), 3)
  replaceUses(
    graph,
    new Map([
      [a, b],
      [b, c],
    ]),
  )
  assert.equal(node.inputs, [c, c])
  assert.is(graph.outputs[0]!.value, c)
  assert.is(countUses(graph).get(c), 3)
})

test('a value takes as many bytes as its numbers', () => {
  const sizes = (['float64', 'float32', 'float16', 'bool', 'string'] as const).map((dtype) =>
    bytesOf(createValue([2, 3], dtype)),
  )
  assert.equal(sizes, [48, 24, 12, 6, 0])
})

test('attributes have keys that tell all numbers apart', () => {
  const values = [0, -0, 1, Infinity, -Infinity, NaN, null, 'NaN', [1, 2], [1, [2]], true, 'true']
  const keys = values.map((value) => attrsKey({ value: value as number }))
  assert.is(new Set(keys).size, values.length)
  assert.is(attrsKey({ a: [1, NaN] }), attrsKey({ a: [1, NaN] }))
})

test.run()
