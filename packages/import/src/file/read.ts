import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AshlarError, DataError } from '@ashlar/errors'
import { inspectFileSync } from '@ashlar/export/inspect'
import { onnx } from '@ashlar/graph'
import type { onnx as Onnx } from 'onnx-proto'
import { inlineFunctions } from './functions.ts'
import {
  type AttributeValue,
  type OnnxFile,
  type OnnxGraph,
  type OnnxNode,
  type OnnxPort,
  REFERENCE,
} from './graph.ts'
import { decodeTensor, type FileTensor, UnreadableError } from './tensor.ts'
import { typeOf } from './types.ts'

/**
 * Reads an ONNX file that may come from anybody: it is scanned before it is decoded, and what it takes from other files lies beside it.
 *
 * @throws DataError that says what is wrong with it.
 */
export function readOnnx(path: string): OnnxFile {
  const { bytes, external } = inspectFileSync(path)
  const beside = new Map<string, Uint8Array>()
  for (const { entries } of external) {
    const location = entries.location!
    if (!beside.has(location)) beside.set(location, readFileSync(join(dirname(path), location)))
  }
  try {
    return new Reader(path, beside).file(onnx.ModelProto.decode(bytes))
  } catch (error) {
    if (error instanceof AshlarError) throw error
    const hint = error instanceof UnreadableError ? `${error.message}.` : 'It is damaged.'
    throw new DataError({
      where: path,
      expected: 'must be an ONNX model that can be read',
      hint: `${hint.charAt(0).toUpperCase()}${hint.slice(1)}`,
      cause: error,
    })
  }
}

/** Names of classes and the like stand beside numbers, and nothing is trained on them. A file that gives nothing else is refused by what reads it. */
function withoutTexts(graph: OnnxGraph): OnnxGraph & { readonly texts: readonly string[] } {
  const outputs = graph.outputs.filter(({ type }) => type !== 'string')
  if (outputs.length === 0) return { ...graph, texts: [] }
  const texts = graph.outputs.filter((each) => !outputs.includes(each)).map(({ name }) => name)
  return { ...graph, outputs, texts }
}

class Reader {
  readonly #path: string
  readonly #beside: ReadonlyMap<string, Uint8Array>

  constructor(path: string, beside: ReadonlyMap<string, Uint8Array>) {
    this.#path = path
    this.#beside = beside
  }

  file(model: Onnx.IModelProto): OnnxFile {
    const opsets = new Map(
      (model.opsetImport ?? []).map(({ domain, version }) => [
        standard(domain ?? ''),
        Number(version),
      ]),
    )
    const functions = (model as { functions?: Onnx.IFunctionProto[] | null }).functions ?? []
    const bodies = functions.map((each) => ({
      name: each.name ?? '',
      domain: standard((each as { domain?: string }).domain ?? ''),
      inputs: each.input ?? [],
      outputs: each.output ?? [],
      attributes: each.attribute ?? [],
      nodes: (each.node ?? []).map((node, index) => this.#node(node, index)),
    }))
    const { texts, ...graph } = withoutTexts(this.#graph(model.graph!))
    return {
      path: this.#path,
      graph: inlineFunctions(graph, bodies),
      ...(texts.length > 0 && {
        notes: [`Outputs of text are left out: ${texts.join(', ')}.`],
      }),
      opsets,
      metadata: new Map(
        (model.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
      ),
    }
  }

  #graph(graph: Onnx.IGraphProto): OnnxGraph {
    if ((graph.sparseInitializer ?? []).length > 0) {
      throw new UnreadableError('its weights are stored sparsely, which is not known here')
    }
    const initializers = new Map(
      (graph.initializer ?? []).map((each) => [each.name ?? '', this.#tensor(each)]),
    )
    const nodes: OnnxNode[] = []
    for (const [index, proto] of (graph.node ?? []).entries()) {
      const node = this.#node(proto, index)
      const value = node.op === 'Constant' && node.domain === '' && node.attributes.get('value')
      // Some exporters write weights as nodes.
      if (typeof value === 'object' && 'data' in value) initializers.set(node.outputs[0]!, value)
      else nodes.push(node)
    }
    return {
      name: graph.name ?? '',
      nodes,
      inputs: (graph.input ?? []).map(port).filter(({ name }) => !initializers.has(name)),
      outputs: (graph.output ?? []).map(port),
      initializers,
    }
  }

  #node(node: Onnx.INodeProto, index: number): OnnxNode {
    const op = node.opType ?? ''
    return {
      name: node.name ? node.name : `${op}_${index}`,
      op,
      domain: standard(node.domain ?? ''),
      inputs: node.input ?? [],
      outputs: node.output ?? [],
      attributes: new Map(
        (node.attribute ?? []).map((each) => [each.name ?? '', this.#attribute(each, node)]),
      ),
    }
  }

  #attribute(attribute: Onnx.IAttributeProto, node: Onnx.INodeProto): AttributeValue {
    const { AttributeType } = onnx.AttributeProto
    const text = (bytes: Uint8Array | null | undefined) =>
      new TextDecoder().decode(bytes ?? new Uint8Array())
    // A reference to an attribute of the function around it: known when the function is put in place.
    if (attribute.refAttrName) return `${REFERENCE}${attribute.refAttrName}`
    switch (attribute.type) {
      case AttributeType.FLOAT:
        return attribute.f ?? 0
      case AttributeType.INT:
        return Number(attribute.i ?? 0)
      case AttributeType.STRING:
        return text(attribute.s)
      case AttributeType.TENSOR:
        return this.#tensor(attribute.t!)
      case AttributeType.GRAPH:
        return this.#graph(attribute.g!)
      case AttributeType.FLOATS:
        return [...(attribute.floats ?? [])]
      case AttributeType.INTS:
        return (attribute.ints ?? []).map(Number)
      case AttributeType.STRINGS:
        return (attribute.strings ?? []).map(text)
      default:
        throw new UnreadableError(
          `attribute ${attribute.name} of ${node.opType} ${JSON.stringify(node.name ?? '')} holds something that is not known here`,
        )
    }
  }

  #tensor(tensor: Onnx.ITensorProto): FileTensor {
    return decodeTensor(tensor, (entries) => {
      const file = this.#beside.get(entries.get('location') ?? '')
      if (file === undefined) throw new UnreadableError(`the data of ${tensor.name} is missing`)
      const offset = Number(entries.get('offset') ?? 0)
      const length = entries.get('length')
      return file.subarray(offset, length === undefined ? undefined : offset + Number(length))
    })
  }
}

function standard(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}

function port(info: Onnx.IValueInfoProto): OnnxPort {
  const tensor = info.type?.tensorType
  const dims = tensor?.shape?.dim
  return {
    name: info.name ?? '',
    type: tensor == null ? undefined : typeOf(tensor.elemType ?? 0),
    shape: dims?.map(({ dimValue, dimParam }) => {
      if (dimParam) return dimParam
      const size = Number(dimValue ?? 0)
      return size > 0 ? size : null
    }),
  }
}
