import { onnx } from '@ashlar/graph'
import type { onnx as Onnx } from 'onnx-proto'

/** A length-delimited field of a protobuf message. */
export function field(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents)
  return Buffer.concat([
    Buffer.from(varint((number << 3) | 2)),
    Buffer.from(varint(body.length)),
    body,
  ])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 128)
  }
}

/** A model file around a graph, whose bytes may be anything. */
export function modelAround(graph: Uint8Array): Uint8Array {
  const opset = Buffer.from([0x10, 17])
  return Buffer.concat([Buffer.from([0x08, 8]), field(7, graph), field(8, opset)])
}

/** Graphs within attributes of nodes of graphs, that many deep. */
export function nestedGraphs(depth: number): Uint8Array {
  let graph: Uint8Array = new Uint8Array(0)
  for (let level = 0; level < depth; level++) graph = field(1, field(5, field(6, graph)))
  return modelAround(graph)
}

const floats = (name: string) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 4 }] } } },
})

function modelOf(graph: Onnx.IGraphProto): Uint8Array {
  return onnx.ModelProto.encode(
    onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: onnx.GraphProto.create(graph),
    }),
  ).finish()
}

/** A model y = x + c with the given constant. */
export function addModel(constant: Onnx.ITensorProto): Uint8Array {
  return modelOf({
    name: 'add',
    node: [{ opType: 'Add', name: 'add', input: ['x', 'c'], output: ['output'] }],
    initializer: [{ name: 'c', ...constant }],
    input: [floats('x')],
    output: [floats('output')],
  })
}

/** A model whose loop never ends, from x to output. */
export function endlessModel(): Uint8Array {
  return loopModel({ opType: 'Add', name: 'more', input: ['v', 'v'], output: ['next'] })
}

/** A model whose loop never ends, and doubles what it carries in each turn. */
export function growingModel(): Uint8Array {
  return loopModel({
    opType: 'Concat',
    name: 'more',
    input: ['v', 'v'],
    output: ['next'],
    attribute: [{ name: 'axis', type: 2, i: 0 }],
  })
}

function loopModel(step: Onnx.INodeProto): Uint8Array {
  const truth = (name: string) => ({ name, type: { tensorType: { elemType: 9, shape: {} } } })
  const rows = (name: string, dim: string) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: dim }, { dimValue: 4 }] } } },
  })
  const body = onnx.GraphProto.create({
    name: 'body',
    node: [{ opType: 'Identity', name: 'on', input: ['go'], output: ['goOn'] }, step],
    input: [
      { name: 'turn', type: { tensorType: { elemType: 7, shape: {} } } },
      truth('go'),
      rows('v', 'rows'),
    ],
    output: [truth('goOn'), rows('next', 'more')],
  })
  return modelOf({
    name: 'loop',
    node: [
      {
        opType: 'Loop',
        name: 'loop',
        input: ['', 'yes', 'x'],
        output: ['output'],
        attribute: [{ name: 'body', type: 5, g: body }],
      },
    ],
    initializer: [{ name: 'yes', dataType: 9, dims: [], int32Data: [1] }],
    input: [floats('x')],
    output: [rows('output', 'out')],
  })
}
