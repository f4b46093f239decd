import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'

/** A tensor of a made file. */
export interface MadeTensor {
  readonly shape: readonly number[]
  readonly data: readonly number[] | Float32Array
  readonly type?: 'float32' | 'int64' | 'bool' | 'int4' | keyof typeof WHOLE
}

type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly graph: Omit<MadeModel, 'opset'> }

/** A node of a made file. */
export interface MadeNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly name?: string
  readonly domain?: string
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** What a made file holds. */
export interface MadeModel {
  /** Shapes; a name or null for a size that varies. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: readonly string[]
  readonly nodes: readonly MadeNode[]
  readonly weights?: Readonly<Record<string, MadeTensor>>
  readonly opset?: number
}

/** Whole numbers: how they are stored, and what ONNX calls them. */
const WHOLE = {
  uint8: { dataType: 2, Numbers: Uint8Array },
  int8: { dataType: 3, Numbers: Int8Array },
  int32: { dataType: 6, Numbers: Int32Array },
} as const

const { AttributeType } = onnx.AttributeProto

/** The bytes of an ONNX file. */
export function makeOnnx({
  inputs,
  outputs,
  nodes,
  weights = {},
  opset = 17,
}: MadeModel): Uint8Array {
  const domains = new Set(['', ...nodes.map(({ domain = '' }) => domain)])
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [...domains].map((domain) => ({ domain, version: domain === '' ? opset : 1 })),
    graph: madeGraph({ inputs, outputs, nodes, weights }),
  })
  return onnx.ModelProto.encode(model).finish()
}

function madeGraph({ inputs, outputs, nodes, weights = {} }: MadeModel): object {
  return {
    name: 'made',
    node: nodes.map(({ op, inputs, outputs, name, domain = '', attributes = {} }) => ({
      ...{ opType: op, input: [...inputs], output: [...outputs], name: name ?? `/${op}`, domain },
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    })),
    initializer: Object.entries(weights).map(([name, each]) => tensor(name, each)),
    input: Object.entries(inputs).map(([name, shape]) => ({
      name,
      type: { tensorType: { elemType: 1, shape: { dim: shape.map(dimension) } } },
    })),
    output: outputs.map((name) => ({ name, type: { tensorType: { elemType: 1 } } })),
  }
}

function dimension(size: number | string): object {
  return typeof size === 'number' ? { dimValue: size } : { dimParam: size }
}

function tensor(name: string, { shape, data, type = 'float32' }: MadeTensor): object {
  if (type === 'int64') {
    const numbers = BigInt64Array.from([...data].map(BigInt))
    return { name, dims: [...shape], dataType: 7, rawData: new Uint8Array(numbers.buffer) }
  }
  if (type === 'bool')
    return { name, dims: [...shape], dataType: 9, rawData: Uint8Array.from(data) }
  if (type === 'int4') {
    const bytes = new Uint8Array(Math.ceil(data.length / 2))
    for (const [at, each] of data.entries()) bytes[at >> 1]! |= (each & 15) << (at % 2 ? 4 : 0)
    return { name, dims: [...shape], dataType: 22, rawData: bytes }
  }
  if (type in WHOLE) {
    const { dataType, Numbers } = WHOLE[type as keyof typeof WHOLE]
    const { buffer } = Numbers.from(data)
    return { name, dims: [...shape], dataType, rawData: new Uint8Array(buffer) }
  }
  const floats = Float32Array.from(data)
  return { name, dims: [...shape], dataType: 1, rawData: new Uint8Array(floats.buffer) }
}

function attribute(name: string, value: Attribute): object {
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) }
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value }
  if ('graph' in value) return { name, type: AttributeType.GRAPH, g: madeGraph(value.graph) }
  if ('floats' in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] }
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float }
  return typeof value[0] === 'string'
    ? {
        name,
        type: AttributeType.STRINGS,
        strings: value.map((each) => new TextEncoder().encode(String(each))),
      }
    : { name, type: AttributeType.INTS, ints: [...value] }
}

/** Numbers between -1 and 1 that depend on the seed alone. */
export function numbers(count: number, seed = 1): Float32Array {
  let state = (seed * 2654435761) % 4294967296
  return Float32Array.from({ length: count }, () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 2147483648 - 1
  })
}

/** A tensor of such numbers. */
export function weight(shape: readonly number[], seed = 1, scale = 1): MadeTensor {
  const count = shape.reduce((product, size) => product * size, 1)
  return { shape, data: numbers(count, seed).map((each) => each * scale) }
}

/** Runs `use` with a file of the bytes, which is gone afterwards. */
export async function withFile<T>(
  bytes: Uint8Array,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-import-'))
  try {
    const path = join(folder, 'model.onnx')
    writeFileSync(path, bytes)
    return await use(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What onnxruntime makes of a file. */
export async function runBytes(
  bytes: Uint8Array,
  feeds: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  >,
  options: ort.InferenceSession.SessionOptions = {},
): Promise<{ readonly dims: readonly number[]; readonly data: Float32Array }[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, ...options })
  const tensors = Object.entries(feeds).map(([name, { shape, data }]) => [
    name,
    new ort.Tensor('float32', data, [...shape]),
  ])
  const results = await session.run(Object.fromEntries(tensors) as Record<string, ort.Tensor>)
  const found = session.outputNames.map((name) => {
    const { dims, data } = results[name]!
    return { dims, data: Float32Array.from(data as ArrayLike<number | bigint>, Number) }
  })
  await session.release()
  return found
}
