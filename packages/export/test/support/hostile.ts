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

/** A model y = x + c with the given constant. */
export function addModel(constant: Onnx.ITensorProto): Uint8Array {
  const tensor = (name: string) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 4 }] } } },
  })
  return onnx.ModelProto.encode(
    onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'add',
        node: [{ opType: 'Add', name: 'add', input: ['x', 'c'], output: ['output'] }],
        initializer: [{ name: 'c', ...constant }],
        input: [tensor('x')],
        output: [tensor('output')],
      },
    }),
  ).finish()
}
