import type { onnx as Onnx } from 'onnx-proto'
import {
  type AttrValue,
  allNodes,
  constantData,
  type DType,
  type Graph,
  isConstant,
  isGraph,
  type Node,
  onnxType,
  type Shape,
  type SymbolicDim,
  sizeOf,
  subgraphsOf,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import { nameValues, nodeName } from './names.ts'
import { forOpset, irVersion } from './opset.ts'
import { onnx } from './proto.ts'

export interface WriteOptions {
  /** Version of the standard operator set. */
  readonly opset: number
  /** Name of the graph; default `ashlar`. */
  readonly name?: string
  /** Key and value pairs kept in the file. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Name of a dimension that varies; default `batch`. */
  readonly dimName?: (size: SymbolicDim) => string
  /** Takes the numbers of a large constant into another file, and says where they lie in it; undefined keeps them in the model. */
  readonly external?: (data: Uint8Array) => ExternalData | undefined
}

/** Where the numbers of a constant lie outside of the model file. */
export interface ExternalData {
  /** Path of the file, relative to the model's folder. */
  readonly location: string
  /** First byte. */
  readonly offset: number
}

/** A lowered graph as the bytes of an ONNX file, weights as raw data. */
export function writeOnnx(graph: Graph, options: WriteOptions): Uint8Array {
  return onnx.ModelProto.encode(modelProto(graph, options)).finish()
}

/** A lowered graph as an ONNX ModelProto. */
export function modelProto(source: Graph, options: WriteOptions): Onnx.ModelProto {
  const graph = graphForOpset(source, options.opset)
  const dimName = options.dimName ?? (() => 'batch')
  const naming = { names: nameValues(graph), dimName }
  const { names } = naming
  const nodes = allNodes(graph)
  const constants = new Set<Value>()
  for (const node of nodes) {
    for (const input of node.inputs) if (input && isConstant(input)) constants.add(input)
  }
  for (const { value } of graph.outputs) if (isConstant(value)) constants.add(value)
  const domains = new Set(nodes.map((node) => node.domain))
  domains.add('')
  return onnx.ModelProto.create({
    irVersion: irVersion(options.opset),
    producerName: 'ashlar',
    opsetImport: [...domains].sort().map((domain) => ({
      domain,
      version: domain === '' ? options.opset : 1,
    })),
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: options.name ?? 'ashlar',
      node: graph.nodes.map((node, index) => nodeProto(node, index, naming)),
      initializer: [...constants].map((value) =>
        tensorProto(names.get(value)!, value, options.external),
      ),
      input: graph.inputs.map(({ name, value }) => valueInfo(name, value, dimName)),
      output: graph.outputs.map((output) =>
        valueInfo(names.get(output.value)!, output.value, dimName),
      ),
    },
  })
}

/** What names values and sizes have. */
interface Naming {
  readonly names: ReadonlyMap<Value, string>
  readonly dimName: (size: SymbolicDim) => string
}

function nodeProto(node: Node, index: number, naming: Naming): Onnx.INodeProto {
  const { names } = naming
  const inputs = node.inputs.slice(0, node.formals)
  return {
    name: nodeName(node, index),
    opType: node.op,
    domain: node.domain,
    input: inputs.map((input) => (input === undefined ? '' : names.get(input)!)),
    output: node.outputs.map((output) => names.get(output)!),
    attribute: Object.entries(node.attrs)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) =>
        isGraph(value)
          ? { name, type: AttributeType.GRAPH, g: subgraphProto(name, value, naming) }
          : attributeProto(node.op, name, value),
      ),
  }
}

/** A graph that a node holds. What it takes of the graph around it, it sees by name; constants are all kept outermost. */
function subgraphProto(name: string, graph: Graph, naming: Naming): Onnx.IGraphProto {
  const info = ({ value }: { readonly value: Value }) =>
    valueInfo(naming.names.get(value)!, value, naming.dimName)
  return {
    name,
    node: graph.nodes.map((node, index) => nodeProto(node, index, naming)),
    input: graph.inputs.filter(({ from }) => from === undefined).map(info),
    output: graph.outputs.map(info),
  }
}

/** The graph and all graphs within it as their opset has them. */
function graphForOpset(graph: Graph, opset: number): Graph {
  const nodes = graph.nodes.map((node) => {
    if (subgraphsOf(node).length === 0) return forOpset(node, opset)
    const attrs = Object.entries(node.attrs).map(([name, value]) => [
      name,
      isGraph(value) ? graphForOpset(value, opset) : value,
    ])
    return { ...forOpset(node, opset), attrs: Object.fromEntries(attrs) }
  })
  return { ...graph, nodes }
}

const { AttributeType } = onnx.AttributeProto

/** Attributes of ONNX ops whose whole numbers are floats. */
const FLOAT_ATTRIBUTES = new Set([
  'activation_alpha',
  'activation_beta',
  'activation_params',
  'alpha',
  'beta',
  'gamma',
  'epsilon',
  'momentum',
  'lambd',
  'bias',
])

function attributeProto(op: string, name: string, value: AttrValue): Onnx.IAttributeProto {
  if (op === 'Cast' && name === 'to')
    return { name, type: AttributeType.INT, i: onnxType(value as DType) }
  if (typeof value === 'string') {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) }
  }
  if (typeof value === 'boolean') return { name, type: AttributeType.INT, i: value ? 1 : 0 }
  if (typeof value === 'number') {
    return FLOAT_ATTRIBUTES.has(name) || !Number.isInteger(value)
      ? { name, type: AttributeType.FLOAT, f: value }
      : { name, type: AttributeType.INT, i: value }
  }
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each === 'string')) {
      return {
        name,
        type: AttributeType.STRINGS,
        strings: value.map((each) => new TextEncoder().encode(each)),
      }
    }
    return !FLOAT_ATTRIBUTES.has(name) && value.every((each) => Number.isInteger(each))
      ? { name, type: AttributeType.INTS, ints: value as number[] }
      : { name, type: AttributeType.FLOATS, floats: value as number[] }
  }
  throw new TypeError(`attribute ${name} of ${op} has no ONNX form`)
}

function tensorProto(
  name: string,
  value: Value,
  external: WriteOptions['external'],
): Onnx.ITensorProto {
  const dims = value.shape as number[]
  const dataType = onnxType(value.dtype)
  if (value.dtype === 'string') {
    return { name, dims, dataType, stringData: value.data as Uint8Array[] }
  }
  const data = constantData(value) as TypedArray
  if (data.length !== sizeOf(value.shape)) {
    throw new TypeError(`constant ${name} has ${data.length} elements for shape [${dims}]`)
  }
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const place = external?.(rawData)
  if (place === undefined) return { name, dims, dataType, rawData }
  const entries = { ...place, length: rawData.byteLength }
  return {
    name,
    dims,
    dataType,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
  }
}

function valueInfo(
  name: string,
  value: { readonly shape: Shape; readonly dtype: DType },
  dimName: (size: SymbolicDim) => string,
): Onnx.IValueInfoProto {
  return {
    name,
    type: {
      tensorType: {
        elemType: onnxType(value.dtype),
        shape: {
          dim: value.shape.map((size) =>
            typeof size === 'number' ? { dimValue: size } : { dimParam: dimName(size) },
          ),
        },
      },
    },
  }
}
