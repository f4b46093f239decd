import { onnx } from '@ashlar/graph'
import type { onnx as Onnx } from 'onnx-proto'

export type ModelProto = Onnx.IModelProto
export type GraphProto = Onnx.IGraphProto
export type NodeProto = Onnx.INodeProto
export type TensorProto = Onnx.ITensorProto

/** Gives the numbers of a tensor that lie in a file beside the model. */
export type ReadBeside = (tensor: TensorProto) => Uint8Array

/** Numbers of `onnx.TensorProto.DataType`. */
export const TYPE = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const

/**
 * A model to be changed, with all its numbers in it.
 *
 * @param readBeside what lies in other files.
 */
export function decodeModel(bytes: Uint8Array, readBeside: ReadBeside): ModelProto {
  const model = onnx.ModelProto.decode(bytes)
  for (const graph of allGraphs(model.graph!)) {
    for (const each of graph.initializer ?? []) {
      if ((each.externalData ?? []).length === 0) continue
      each.rawData = readBeside(each)
      each.externalData = []
      each.dataLocation = onnx.TensorProto.DataLocation.DEFAULT
    }
  }
  return model
}

export function encodeModel(model: ModelProto): Uint8Array {
  return onnx.ModelProto.encode(model).finish()
}

/** The version of the standard operators. */
export function opsetOf(model: ModelProto): number {
  const found = (model.opsetImport ?? []).find(({ domain }) => !domain || domain === 'ai.onnx')
  return Number(found?.version ?? 0)
}

/** Sizes of a tensor. */
export function dimsOf({ dims }: TensorProto): number[] {
  return (dims ?? []).map(Number)
}

/** The numbers of a float32 tensor, copied. */
export function floatsOf({ rawData, floatData }: TensorProto): Float32Array {
  if (rawData == null || rawData.length === 0) return Float32Array.from(floatData ?? [])
  return new Float32Array(Uint8Array.from(rawData).buffer)
}

/** A tensor of numbers that lie in an array of its type. */
export function tensor(
  name: string,
  dataType: number,
  dims: readonly number[],
  data: Float32Array | Int8Array | Uint8Array | Int32Array | Uint16Array | BigInt64Array,
): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { name, dataType, dims: [...dims], rawData }
}

export function isStandard({ domain }: NodeProto): boolean {
  return !domain || domain === 'ai.onnx'
}

/** An attribute of a node that holds a whole number. */
export function intOf({ attribute }: NodeProto, name: string, otherwise: number): number {
  const found = (attribute ?? []).find((each) => each.name === name)
  return found === undefined ? otherwise : Number(found.i ?? 0)
}

/** An attribute of a node that holds a float. */
export function floatOf({ attribute }: NodeProto, name: string, otherwise: number): number {
  return (attribute ?? []).find((each) => each.name === name)?.f ?? otherwise
}

/** Whether a Gemm is a product and a bias, of an input as it is. */
export function isPlainGemm(node: NodeProto): boolean {
  return (
    node.opType === 'Gemm' &&
    floatOf(node, 'alpha', 1) === 1 &&
    floatOf(node, 'beta', 1) === 1 &&
    intOf(node, 'transA', 0) === 0
  )
}

export function intAttribute(name: string, value: number): Onnx.IAttributeProto {
  return { name, type: onnx.AttributeProto.AttributeType.INT, i: value }
}

/** The graphs that a node holds: branches of an If, the body of a Loop or a Scan. */
export function subgraphsOf({ attribute }: NodeProto): GraphProto[] {
  return (attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])])
}

/** All graphs of a model, outer ones first. */
export function* allGraphs(graph: GraphProto): Generator<GraphProto> {
  yield graph
  for (const node of graph.node ?? [])
    for (const inner of subgraphsOf(node)) yield* allGraphs(inner)
}

/** Makes names that nothing in a model has yet. */
export function uniqueNames(model: ModelProto): (wanted: string) => string {
  const taken = new Set<string>()
  for (const graph of allGraphs(model.graph!)) {
    for (const { name } of [...(graph.input ?? []), ...(graph.initializer ?? [])]) taken.add(name!)
    for (const { output } of graph.node ?? []) for (const name of output ?? []) taken.add(name)
  }
  return (wanted) => {
    let name = wanted
    for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
    taken.add(name)
    return name
  }
}

/** The nodes that read each value, in all graphs; that a graph gives it does not count. */
export function readersOf(model: ModelProto): Map<string, NodeProto[]> {
  const readers = new Map<string, NodeProto[]>()
  for (const graph of allGraphs(model.graph!)) {
    for (const node of graph.node ?? []) {
      for (const name of node.input ?? []) {
        const list = readers.get(name)
        if (list === undefined) readers.set(name, [node])
        else list.push(node)
      }
    }
  }
  return readers
}

/** Removes initializers that nothing reads any more. */
export function dropUnread(model: ModelProto): void {
  const readers = readersOf(model)
  for (const graph of allGraphs(model.graph!)) {
    const given = new Set((graph.output ?? []).map(({ name }) => name))
    graph.initializer = (graph.initializer ?? []).filter(
      ({ name }) => readers.has(name!) || given.has(name),
    )
    const left = new Set(graph.initializer.map(({ name }) => name))
    const begun = new Set(
      (graph.node ?? []).flatMap(({ output }) => output ?? []).concat([...left] as string[]),
    )
    graph.valueInfo = (graph.valueInfo ?? []).filter(({ name }) => begun.has(name!))
  }
}

/** The layer that a node was made for: what its name begins with in files of Ashlar; else its whole name, or what it gives. */
export function layerOf(node: NodeProto): string {
  const name = node.name || node.output?.[0] || node.opType || ''
  return /^(.+)\/[A-Z]\w*_\d+$/.exec(name)?.[1] ?? name
}

/** Sets entries of the metadata. */
export function setMetadata(model: ModelProto, entries: Readonly<Record<string, string>>): void {
  const others = (model.metadataProps ?? []).filter(({ key }) => !Object.hasOwn(entries, key ?? ''))
  const added = Object.entries(entries).map(([key, value]) => ({ key, value }))
  model.metadataProps = [...others, ...added]
}
