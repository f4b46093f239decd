import { AshlarError } from '@ashlar/errors'
import { onnx } from '@ashlar/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { type MadeNode, type MadeTensor, makeOnnx, weight, withFile } from '../support/make-onnx.ts'

const test = suite('hostile ONNX files')

const list = (...data: number[]): MadeTensor => ({ shape: [data.length], data, type: 'int64' })
const number = (value: number): MadeTensor => ({ shape: [], data: [value], type: 'int64' })

const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: MadeNode['attributes'] = {},
): MadeNode => ({ op, name: op, inputs, outputs, attributes })

const made = (nodes: readonly MadeNode[], weights: Readonly<Record<string, MadeTensor>> = {}) =>
  makeOnnx({ inputs: { x: ['n', 4] }, outputs: ['y'], nodes, weights })

type Model = ReturnType<typeof onnx.ModelProto.decode>

/** A sound file, changed. */
function changed(change: (model: Model) => void): Uint8Array {
  const bytes = made([node('MatMul', ['x', 'a.w'], ['y'])], { 'a.w': weight([4, 3]) })
  const model = onnx.ModelProto.decode(bytes)
  change(model)
  return onnx.ModelProto.encode(model).finish()
}

/** A graph in a branch in a branch. */
function nested(depth: number): Uint8Array {
  const { AttributeType } = onnx.AttributeProto
  const empty = { name: 'empty', node: [], output: [] }
  let graph: object = {
    name: 'inner',
    node: [{ opType: 'Neg', name: 'n', input: ['x'], output: ['z'] }],
    output: [{ name: 'z', type: { tensorType: { elemType: 1 } } }],
  }
  for (let at = 0; at < depth; at++) {
    const branch = { name: 'then_branch', type: AttributeType.GRAPH, g: graph }
    graph = {
      name: `level${at}`,
      node: [
        {
          opType: 'If',
          name: `if${at}`,
          input: ['c'],
          output: ['z'],
          attribute: [branch, { ...branch, name: 'else_branch', g: empty }],
        },
      ],
      output: [{ name: 'z', type: { tensorType: { elemType: 1 } } }],
    }
  }
  return changed((model) => {
    const { node, output } = graph as { node: object[]; output: object[] }
    model.graph!.node = node as never
    model.graph!.output = output as never
  })
}

const BIG = 2 ** 40

const FILES: Readonly<Record<string, () => Uint8Array>> = {
  'a tensor of more numbers than there are bytes': () =>
    changed((model) => {
      model.graph!.initializer![0]!.dims = [BIG as never, 4 as never]
    }),
  'a tensor of a negative size': () =>
    changed((model) => {
      model.graph!.initializer![0]!.dims = [-4 as never, -3 as never]
    }),
  'a tensor of an unknown type': () =>
    changed((model) => {
      model.graph!.initializer![0]!.dataType = 99
    }),
  'graphs in graphs in graphs': () => nested(400),
  'nodes that need each other': () =>
    made([
      node('Add', ['x', 'b'], ['a']),
      node('Add', ['a', 'x'], ['b']),
      node('Neg', ['b'], ['y']),
    ]),
  'an output that nothing makes': () => made([node('Neg', ['x'], ['other'])]),
  'a shape of more numbers than memory has': () =>
    made([node('ConstantOfShape', ['s'], ['c']), node('Add', ['x', 'c'], ['y'])], {
      s: list(2 ** 20, 2 ** 20),
    }),
  'a range that does not move': () =>
    made([node('Range', ['a', 'b', 'c'], ['r']), node('Cast', ['r'], ['y'], { to: 1 })], {
      a: number(0),
      b: number(8),
      c: number(0),
    }),
  'attributes of another kind': () => made([node('Transpose', ['x'], ['y'], { perm: 'hello' })]),
  'axes that are not there': () => made([node('Transpose', ['x'], ['y'], { perm: [0, 7] })]),
  'a window of no size': () =>
    makeOnnx({
      inputs: { x: ['n', 3, 8, 8] },
      outputs: ['y'],
      nodes: [node('MaxPool', ['x'], ['y'], { kernel_shape: [0, 0] })],
    }),
  'strides of 0': () =>
    makeOnnx({
      inputs: { x: ['n', 3, 8, 8] },
      outputs: ['y'],
      weights: { 'c.w': weight([2, 3, 3, 3]) },
      nodes: [node('Conv', ['x', 'c.w'], ['y'], { strides: [0, 0] })],
    }),
  'whole numbers of a scale that is none': () =>
    made([node('DequantizeLinear', ['q', 's', 'z'], ['w']), node('MatMul', ['x', 'w'], ['y'])], {
      q: { shape: [4, 3], data: Array(12).fill(3), type: 'int8' },
      s: { shape: [2], data: [1, 2] },
      z: { shape: [5], data: [0, 0, 0, 0, 1], type: 'int8' },
    }),
}

/** Files that would take all memory or time when they run. */
const ENDLESS: Readonly<Record<string, () => Uint8Array>> = {
  'a range without an end': () =>
    made([node('Range', ['a', 'b', 'c'], ['r']), node('Cast', ['r'], ['y'], { to: 1 })], {
      a: number(0),
      b: number(2 ** 45),
      c: number(1),
    }),
  'a tile of a tile of a tile': () =>
    made(
      [
        node('Tile', ['x', 't'], ['a']),
        node('Tile', ['a', 't'], ['b']),
        node('Tile', ['b', 't'], ['y']),
      ],
      { t: list(2 ** 20, 2 ** 20) },
    ),
  'a loop of rounds without end': () =>
    made(
      [
        {
          ...node('Loop', ['rounds', 'yes', 'x'], ['y']),
          attributes: {
            body: {
              graph: {
                inputs: { i: [], c: [], s: ['n', 4] },
                outputs: ['c2', 's2'],
                nodes: [node('Identity', ['c'], ['c2']), node('Neg', ['s'], ['s2'])],
              },
            },
          },
        },
      ],
      { rounds: number(2 ** 50), yes: { shape: [], data: [1], type: 'bool' } },
    ),
}

for (const [name, bytes] of Object.entries(ENDLESS)) {
  test(`${name} costs nothing until it is run`, () =>
    withFile(bytes(), async (path) => {
      const model = await loadOnnx(path)
      assert.is(model.namedWeights().length, 0)
      model.dispose()
    }))
}

for (const [name, bytes] of Object.entries(FILES)) {
  test(`${name}: one clear error`, () =>
    withFile(bytes(), async (path) => {
      try {
        const model = await loadOnnx(path)
        model.summary([null, 4])
      } catch (error) {
        assert.instance(error, AshlarError, String(error))
        assert.not.match((error as Error).message, /undefined|\[object/)
        return
      }
      assert.unreachable('it must be refused')
    }))
}

test.run()
