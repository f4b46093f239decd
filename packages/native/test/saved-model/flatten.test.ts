import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flatten } from '../../src/saved-model/flatten.ts'
import { freeze } from '../../src/saved-model/freeze.ts'
import type { AttrValue, FunctionDef, NodeDef, OpDef } from '../../src/saved-model/graph-def.ts'

const test = suite('flatten and freeze')

const attr = (given: Partial<AttrValue>): AttrValue => ({
  ...{ s: '', i: 0, f: 0, b: false, type: 0 },
  ...given,
})

function node(
  name: string,
  op: string,
  inputList: readonly string[] = [],
  attrs: Readonly<Record<string, AttrValue>> = {},
): NodeDef {
  return { name, op, inputList, attrMap: Object.entries(attrs) }
}

const arg = (name: string, numberAttr = '') => ({ name, numberAttr, typeListAttr: '' })

const OPS: readonly OpDef[] = [
  {
    name: 'Split',
    inputArgList: [],
    outputArgList: [arg('first'), arg('parts', 'n'), arg('last')],
    attrList: [{ name: 'n', defaultValue: attr({ i: 2 }) }],
  },
]

/** Doubles: `f(x) = Add(x, x)`; its result is named differently from its node. */
const DOUBLE: FunctionDef = {
  signature: {
    ...{ name: 'double', attrList: [] },
    inputArgList: [arg('x')],
    outputArgList: [arg('y')],
  },
  nodeDefList: [node('add', 'AddV2', ['x', 'x', '^side']), node('side', 'NoOp')],
  retMap: [['y', 'add:z:0']],
}
const ADD: OpDef = { name: 'AddV2', inputArgList: [], outputArgList: [arg('z')], attrList: [] }

const call = (name: string, input: string, f = 'double') =>
  node(name, 'PartitionedCall', [input], { f: attr({ func: { name: f } }) })

function flat(nodes: readonly NodeDef[], outputs: readonly string[], functions = [DOUBLE]) {
  const graph = flatten({ nodes, functions, ops: [...OPS, ADD] }, outputs, 'model')
  return [graph.nodes.map((each) => [each.name, ...each.inputList].join(' ')), graph.outputs]
}

test('puts a function in the place of each of its calls, and leaves out what nobody needs', () => {
  const nodes = [node('x', 'Placeholder'), call('a', 'x'), call('b', 'a'), node('dead', 'NoOp')]
  assert.equal(flat(nodes, ['b:0']), [['x', 'a/add x x', 'b/add a/add a/add'], ['b/add']])
})

test('counts the outputs of an operation over those before, with defaults that the file leaves out', () => {
  const inner: FunctionDef = {
    ...DOUBLE,
    nodeDefList: [node('s', 'Split', ['x'])],
    retMap: [['y', 's:last:0']],
  }
  const nodes = [node('x', 'Placeholder'), call('a', 'x')]
  const graph = flatten({ nodes, functions: [inner], ops: OPS }, ['a'], 'model')
  assert.equal(graph.outputs, ['a/s:3'])
  assert.equal(
    graph.nodes.at(-1)?.attrMap.map(([name]) => name),
    ['n'],
  )
})

test('refuses circles, missing nodes and functions, and operations that are not declared', () => {
  const fails = (nodes: readonly NodeDef[], functions = [DOUBLE]) => {
    try {
      flat(nodes, ['a'], functions)
    } catch (error) {
      assert.instance(error, DataError)
      return (error as Error).message
    }
    return 'nothing'
  }
  assert.is(fails([node('a', 'Neg', ['a'])]), 'model: the graph must have no circles, got "a"')
  assert.match(fails([node('a', 'Neg', ['b'])]), 'every input must be a node of the graph, got "b"')
  assert.match(fails([call('a', 'x'), node('x', 'P')], []), 'function that is called must be there')
  const loop = { ...DOUBLE, nodeDefList: [call('c', 'x')], retMap: [['y', 'c:output:0']] as const }
  assert.match(fails([call('a', 'x'), node('x', 'P')], [loop]), 'must declare its outputs')
  const unknown = { ...DOUBLE, nodeDefList: [node('c', 'Q')], retMap: [['y', 'c:out:0']] as const }
  assert.match(fails([call('a', 'x'), node('x', 'P')], [unknown]), 'the operation Q must declare')
})

const NUMBERS = { shape: [2], dtype: 'float32', values: [1, 2] } as const

function frozen(nodes: readonly NodeDef[], output: string) {
  const graph = flatten({ nodes, functions: [], ops: [] }, [output], 'model')
  return freeze(graph, () => NUMBERS, 'model')
}

test('variables become constants where they are read, through what passes them on', () => {
  const { nodes, constants } = frozen(
    [
      node('v', 'VarHandleOp'),
      node('same', 'Identity', ['v']),
      node('read', 'ReadVariableOp', ['same'], { dtype: attr({ type: 1 }) }),
      node('old', 'VariableV2'),
      node('sum', 'AddV2', ['read', 'old']),
    ],
    'sum',
  )
  assert.equal(
    nodes.map(({ name, op }) => `${name} ${op}`),
    ['read Const', 'old Const', 'sum AddV2'],
  )
  assert.equal([...constants.keys()], ['read', 'old'])
})

test('rows of a variable become rows of a constant', () => {
  const { nodes, constants } = frozen(
    [node('v', 'VarHandleOp'), node('i', 'Placeholder'), node('g', 'ResourceGather', ['v', 'i'])],
    'g',
  )
  assert.equal(
    nodes.map(({ name, op, inputList }) => [name, op, ...inputList].join(' ')),
    ['i Placeholder', 'g/table Const', 'g/axis Const', 'g GatherV2 g/table i g/axis'],
  )
  assert.equal(constants.get('g/axis')?.values, [0])
})

test('what changes a variable is refused by name', () => {
  const nodes = [
    ...[node('v', 'VarHandleOp'), node('x', 'Placeholder')],
    node('w', 'AssignAddVariableOp', ['v', 'x']),
  ]
  try {
    frozen(nodes, 'w')
    assert.unreachable('it must be refused')
  } catch (error) {
    assert.match((error as Error).message, 'model: variables must only be read, got "AssignAddV')
  }
})

test.run()
