import type { io } from '@tensorflow/tfjs'
import type { FlatNode } from './flatten.ts'
import type { FrozenGraph } from './freeze.ts'
import type { AttrValue, ListValue, ShapeProto, TensorInfo } from './graph-def.ts'
import { type Numbers, sizesOf, tfjsDtype } from './tensor-proto.ts'

/** An input or output of the model by its name in the signature. */
export interface Port {
  readonly name: string
  /** The flat tensor. */
  readonly tensor: string
  readonly info: TensorInfo
}

/** A frozen graph in the form that tfjs loads graph-models from: placeholders and results are named as the signature names them. */
export function graphModelArtifacts(
  { nodes, constants }: FrozenGraph,
  inputs: readonly Port[],
  outputs: readonly Port[],
): io.ModelArtifacts {
  const renamed = renaming(nodes, inputs, outputs)
  const reference = (tensor: string) => {
    const [name = '', index] = tensor.split(':')
    const node = renamed.get(name) ?? name
    return index === undefined || index === '0' ? node : `${node}:${index}`
  }
  const placeholders = new Map(inputs.map((port) => [port.tensor.split(':')[0], port]))
  const node = nodes.map((each) => {
    const port = placeholders.get(each.name)
    return {
      name: reference(each.name),
      op: each.op,
      input: each.inputList.map(reference),
      attr: port === undefined ? attrsOf(each) : placeholderAttrs(port.info),
    }
  })
  const results = outputs.map(({ name, tensor, info }) => ({
    name,
    op: 'Identity',
    input: [reference(tensor)],
    attr: { T: { type: info.dtype } },
  }))
  const weights = [...constants].map(([name, numbers]) => ({ name: reference(name), numbers }))
  return {
    format: 'graph-model',
    modelTopology: { node: [...node, ...results], versions: { producer: 1 } },
    signature: { inputs: signatureOf(inputs), outputs: signatureOf(outputs) },
    weightSpecs: weights.map(({ name, numbers }) => ({
      name,
      shape: [...numbers.shape],
      dtype: numbers.dtype,
    })),
    weightData: bytesOf(weights.map(({ numbers }) => numbers)),
  }
}

/** New names where the signature gives one, and for nodes that are in the way of those. */
function renaming(
  nodes: readonly FlatNode[],
  inputs: readonly Port[],
  outputs: readonly Port[],
): ReadonlyMap<string, string> {
  const taken = new Set([...inputs, ...outputs].map(({ name }) => name))
  const moved = nodes
    .filter(({ name }) => taken.has(name))
    .map(({ name }) => [name, `${name}/node`] as const)
  return new Map([
    ...moved,
    ...inputs.map(({ name, tensor }) => [tensor.split(':')[0]!, name] as const),
  ])
}

function placeholderAttrs({ dtype, tensorShape }: TensorInfo): Record<string, unknown> {
  return { dtype: { type: dtype }, shape: { shape: shapeOf(tensorShape) } }
}

function attrsOf({ attrMap }: FlatNode): Record<string, unknown> {
  return Object.fromEntries(attrMap.map(([name, value]) => [name, attrOfJson(value)]))
}

/** The one field that is set. Where all are zero it does not matter which: tfjs takes either number for the other. */
function attrOfJson({ s, i, f, b, type, shape, list }: AttrValue): unknown {
  return {
    ...(f === 0 ? { i } : { f }),
    ...(s !== '' && { s }),
    ...(type !== 0 && { type }),
    ...(shape && { shape: shapeOf(shape) }),
    ...(list && { list: listOf(list) }),
    b,
  }
}

function listOf({ sList, iList, fList, bList, typeList, shapeList }: ListValue): unknown {
  return {
    ...{ s: sList, i: iList, f: fList, b: bList, type: typeList },
    shape: shapeList.map(shapeOf),
  }
}

function shapeOf(shape: ShapeProto | undefined) {
  return shape?.unknownRank
    ? { unknownRank: true }
    : { dim: sizesOf(shape).map((size) => ({ size: String(size) })) }
}

/** tfjs's dtypes as signatures of graph-models spell them. */
const SIGNATURE_DTYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const

function signatureOf(ports: readonly Port[]) {
  return Object.fromEntries(
    ports.map(({ name, info }) => [
      name,
      {
        name,
        dtype: SIGNATURE_DTYPES[tfjsDtype(info.dtype) ?? 'float32'],
        tensorShape: shapeOf(info.tensorShape),
      },
    ]),
  )
}

function bytesOf(all: readonly Numbers[]): ArrayBuffer {
  const parts = all.map(({ dtype, values }) => {
    const array = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
    const numbers = array.from(Array.from(values))
    return new Uint8Array(numbers.buffer)
  })
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined.buffer
}
