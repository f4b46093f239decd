import { checkTensor, type ExternalTensor, text } from './tensor.ts'
import { type Field, fields, WireError } from './wire.ts'

/** What an ONNX file says of itself, read without decoding it. */
export interface ScannedModel {
  readonly opset: number
  /** Inputs that are fed: those without an initializer. */
  readonly inputs: readonly string[]
  /** Sizes of inputs by name, 0 for one that varies; none of an input whose shape the file leaves open. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  readonly outputs: readonly string[]
  /** Those of them that are text. */
  readonly textOutputs: readonly string[]
  readonly metadata: ReadonlyMap<string, string>
  readonly external: readonly ExternalTensor[]
}

/** Graphs within graphs beyond this are refused: onnxruntime stops at some 20 to 60, decoders overflow their stack at 3,000. */
const DEEPEST = 30

/** Something that is no ONNX model, or none that anybody needs. */
export class ScanError extends Error {}

/** What the fields of a message hold, as far as it matters here, by their number. */
type Schema = Readonly<Record<number, Kind>>
type Kind =
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'sparse'
  | 'value'
  | 'type'
  | 'element'
  | 'function'
  | 'training'

/** Numbers from onnx.proto. */
const SCHEMAS: Readonly<Record<Exclude<Kind, 'tensor'>, Schema>> = {
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: {
    5: 'tensor',
    6: 'graph',
    10: 'tensor',
    11: 'graph',
    14: 'type',
    15: 'type',
    22: 'sparse',
    23: 'sparse',
  },
  sparse: { 1: 'tensor', 2: 'tensor' },
  value: { 2: 'type' },
  type: { 4: 'element', 5: 'element', 9: 'element' },
  element: { 1: 'type', 2: 'type' },
  function: { 7: 'node', 11: 'attribute', 12: 'value' },
  training: { 1: 'graph', 2: 'graph' },
}

/** Kinds that may contain themselves. */
const NESTING: ReadonlySet<Kind> = new Set<Kind>(['graph', 'type'])

/**
 * Reads what is needed of a model and checks the rest for whatever could hurt whoever decodes or runs it. Its time grows with the number of bytes;
 * it needs no memory to speak of.
 *
 * @throws ScanError, TensorError or WireError.
 */
export function scanModel(bytes: Uint8Array): ScannedModel {
  const external: ExternalTensor[] = []
  const metadata = new Map<string, string>()
  let opset: number | undefined
  let isVersioned = false
  let graph: Field | undefined
  for (const field of fields(bytes, 0, bytes.length)) {
    const { number, wire, value, start, end } = field
    if (number === 1) isVersioned = wire === 0 && value > 0n
    else if (number === 7) graph = field
    else if (number === 8) opset = standardOpset(bytes, field) ?? opset
    else if (number === 14) {
      const [key, entry] = pair(bytes, field)
      metadata.set(key, entry)
    } else if (number === 20) check(bytes, start, end, 'training', 0, external)
    else if (number === 25) check(bytes, start, end, 'function', 0, external)
  }
  if (!isVersioned || graph === undefined || opset === undefined) {
    throw new ScanError('it has no version, no graph or no operator set')
  }
  check(bytes, graph.start, graph.end, 'graph', 0, external)
  return { opset, ...signature(bytes, graph), metadata, external }
}

function check(
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: Kind,
  depth: number,
  external: ExternalTensor[],
): void {
  if (kind === 'tensor') {
    const found = checkTensor(bytes, start, end)
    if (found !== undefined) external.push(found)
    return
  }
  const inside = depth + (NESTING.has(kind) ? 1 : 0)
  if (inside > DEEPEST) throw new ScanError(`it nests ${kind}s more than ${DEEPEST} deep`)
  const schema = SCHEMAS[kind]
  for (const field of fields(bytes, start, end)) {
    const next = schema[field.number]
    if (next === undefined) continue
    // Both a scalar and a message may carry a number in later versions; only messages have something inside.
    if (field.wire === 2) check(bytes, field.start, field.end, next, inside, external)
    else if (kind !== 'element')
      throw new WireError(`no message in field ${field.number} of a ${kind}`)
  }
}

function signature(bytes: Uint8Array, { start, end }: Field) {
  const inputs: string[] = []
  const outputs: string[] = []
  const textOutputs: string[] = []
  const initialized = new Set<string>()
  const shapes = new Map<string, readonly number[]>()
  for (const field of fields(bytes, start, end)) {
    if (field.number === 5) initialized.add(textOf(bytes, field, 8))
    else if (field.number === 11) {
      const name = textOf(bytes, field, 1)
      const shape = shapeOf(bytes, field)
      inputs.push(name)
      if (shape !== undefined) shapes.set(name, shape)
    } else if (field.number === 12) {
      const name = textOf(bytes, field, 1)
      outputs.push(name)
      if (isText(bytes, field)) textOutputs.push(name)
    }
  }
  const fed = inputs.filter((name) => !initialized.has(name))
  return { inputs: fed, shapes, outputs, textOutputs }
}

/** Its number in onnx.TensorProto.DataType. */
const STRING = 8n

/** Whether a value is a tensor of text: its type, of a tensor, of these elements. */
function isText(bytes: Uint8Array, value: Field): boolean {
  for (const type of messagesIn(bytes, value, 2)) {
    for (const tensor of messagesIn(bytes, type, 1)) {
      for (const { number, wire, value: element } of fields(bytes, tensor.start, tensor.end)) {
        if (number === 1 && wire === 0) return element === STRING
      }
    }
  }
  return false
}

/** Of a value that is a tensor: `TypeProto.tensor_type.shape`. */
function shapeOf(bytes: Uint8Array, value: Field): readonly number[] | undefined {
  for (const type of messagesIn(bytes, value, 2)) {
    for (const tensor of messagesIn(bytes, type, 1)) {
      for (const shape of messagesIn(bytes, tensor, 2)) {
        return [...messagesIn(bytes, shape, 1)].map((dim) => sizeOf(bytes, dim))
      }
    }
  }
  return undefined
}

function sizeOf(bytes: Uint8Array, { start, end }: Field): number {
  for (const { number, wire, value } of fields(bytes, start, end)) {
    if (number === 1 && wire === 0) return Number(value)
  }
  return 0
}

function* messagesIn(
  bytes: Uint8Array,
  { start, end }: Field,
  number: number,
): Generator<Field, void, undefined> {
  for (const field of fields(bytes, start, end)) {
    if (field.number === number && field.wire === 2) yield field
  }
}

/** The text in a field of a message. */
function textOf(bytes: Uint8Array, { start, end }: Field, number: number): string {
  for (const field of fields(bytes, start, end)) {
    if (field.number === number && field.wire === 2) return text(bytes, field.start, field.end)
  }
  return ''
}

function standardOpset(bytes: Uint8Array, { start, end }: Field): number | undefined {
  let domain = ''
  let version = 0
  for (const field of fields(bytes, start, end)) {
    if (field.number === 1) domain = text(bytes, field.start, field.end)
    if (field.number === 2) version = Number(field.value)
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined
}

function pair(bytes: Uint8Array, field: Field): [string, string] {
  return [textOf(bytes, field, 1), textOf(bytes, field, 2)]
}
