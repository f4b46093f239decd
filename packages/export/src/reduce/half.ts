import type { onnx as Onnx } from 'onnx-proto'
import {
  allGraphs,
  floatsOf,
  type GraphProto,
  intAttribute,
  isStandard,
  layerOf,
  type ModelProto,
  type NodeProto,
  opsetOf,
  subgraphsOf,
  type TensorProto,
  TYPE,
  tensor,
  uniqueNames,
} from './proto.ts'

/** Inputs of standard operators that are float32 whatever the others are. */
const FLOAT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Resize: [1, 2],
  Upsample: [1],
  NonMaxSuppression: [0, 1, 3, 4],
}

/** Standard operators that know no float16: all their floats, in and out, stay float32. `until` is the first opset that does. */
const FLOAT_ONLY: Readonly<Record<string, number>> = {
  Range: Number.POSITIVE_INFINITY,
  IsInf: 20,
  Celu: Number.POSITIVE_INFINITY,
  QuantizeLinear: Number.POSITIVE_INFINITY,
  DequantizeLinear: Number.POSITIVE_INFINITY,
  DynamicQuantizeLinear: Number.POSITIVE_INFINITY,
  MelWeightMatrix: Number.POSITIVE_INFINITY,
  ConvInteger: Number.POSITIVE_INFINITY,
  MatMulInteger: Number.POSITIVE_INFINITY,
}

/** The largest number that a float16 holds. */
const LARGEST = 65504
/** The smallest that is not 0. */
const SMALLEST = 2 ** -24

/** A model in half precision, which takes and gives what it did: its weights and all that it computes are float16, but for the layers that are kept. */
export function toHalf(model: ModelProto, keep: ReadonlySet<string>): ModelProto {
  const unique = uniqueNames(model)
  const opset = opsetOf(model)
  const types = floatNames(model)
  turnGraph(model.graph!, { unique, opset, keep, types, isTop: true })
  return model
}

interface Turning {
  readonly unique: (wanted: string) => string
  readonly opset: number
  readonly keep: ReadonlySet<string>
  /** Names of values that are float32 now. */
  readonly types: ReadonlySet<string>
  readonly isTop: boolean
}

function turnGraph(graph: GraphProto, turning: Turning): void {
  const { unique, types, isTop } = turning
  const before: NodeProto[] = []
  const renamed = new Map<string, string>()
  const only32 = onlyFloat32(graph, turning)
  // Names that float initializers have besides, where they are read as float32 too.
  const twice = new Map<string, string>()
  graph.initializer = (graph.initializer ?? []).flatMap((each) => {
    if (each.dataType !== TYPE.float) return [each]
    const halved = halfTensor(each)
    const use = only32.get(each.name!)
    // What is read by nodes of both kinds is there twice.
    if (use === 'some') {
      const own = unique(`${each.name}_float`)
      twice.set(each.name!, own)
      return [halved, { ...each, name: own }]
    }
    return use === 'all' ? [each] : [halved]
  })
  const floats = new Set(graph.initializer.filter((each) => each.dataType === TYPE.float))
  const stays = new Set(
    [...floats].map(({ name }) => name!).filter((name) => only32.get(name) === 'all'),
  )
  if (isTop) {
    const initialized = new Set(graph.initializer.map(({ name }) => name))
    for (const input of graph.input ?? []) {
      if (elemType(input) !== TYPE.float || initialized.has(input.name)) continue
      const half = unique(`${input.name}_half`)
      renamed.set(input.name!, half)
      before.push(cast(input.name!, half, TYPE.float16, unique))
    }
  } else {
    for (const port of [...(graph.input ?? []), ...(graph.output ?? [])]) halfType(port)
  }
  for (const info of graph.valueInfo ?? []) halfType(info)
  const nodes: NodeProto[] = []
  // What stays float32 beside its half: what is given, and what kept nodes give.
  const wideOf = new Map([...renamed.keys()].map((name) => [name, name]))
  const halves = new Set<NodeProto>(before)
  for (const node of graph.node ?? []) {
    const isKept = keepsFloat(node, turning)
    const slots = isStandard(node) ? (FLOAT_INPUTS[node.opType!] ?? []) : []
    const inputs = (node.input ?? []).map((name, slot) => {
      if (name === '') return name
      const isFloat = isKept ? types.has(name) : slots.includes(slot)
      if (!isFloat) return renamed.get(name) ?? name
      if (stays.has(name)) return name
      const own = twice.get(name) ?? wideOf.get(name)
      if (own !== undefined) return own
      const wide = unique(`${name}_float`)
      nodes.push(cast(renamed.get(name) ?? name, wide, TYPE.float, unique))
      return wide
    })
    if (isKept) {
      const after: NodeProto[] = []
      const outputs = (node.output ?? []).map((name) => {
        if (name === '' || !types.has(name)) return name
        const wide = unique(`${name}_float`)
        after.push(cast(wide, name, TYPE.float16, unique))
        wideOf.set(name, wide)
        return wide
      })
      for (const each of after) halves.add(each)
      nodes.push({ ...node, input: inputs, output: outputs }, ...after)
      continue
    }
    for (const attribute of node.attribute ?? []) turnAttribute(node, attribute)
    for (const inner of subgraphsOf(node)) {
      rename(inner, renamed)
      turnGraph(inner, { ...turning, isTop: false })
    }
    nodes.push({ ...node, input: inputs })
  }
  if (isTop) {
    for (const output of graph.output ?? []) {
      if (elemType(output) !== TYPE.float) continue
      const name = output.name!
      const half = unique(`${name}_half`)
      for (const each of nodes) {
        each.output = (each.output ?? []).map((given) => (given === name ? half : given))
        each.input = (each.input ?? []).map((given) => (given === name ? half : given))
        for (const inner of subgraphsOf(each)) rename(inner, new Map([[name, half]]))
      }
      for (const each of graph.initializer) if (each.name === name) each.name = half
      // What a kept node gives as float32 may be more than a half holds.
      const wide = renamed.has(name) ? undefined : wideOf.get(name)
      nodes.push(
        wide === undefined
          ? cast(renamed.get(name) ?? half, name, TYPE.float, unique)
          : {
              ...{ opType: 'Identity', name: unique(`${name}/Identity`) },
              input: [wide],
              output: [name],
            },
      )
    }
  }
  const read = readNames([...before, ...nodes])
  for (const { name } of graph.output ?? []) read.add(name!)
  graph.node = [...before, ...nodes].filter(
    (node) => !halves.has(node) || read.has(node.output![0]!),
  )
}

/** What nodes read, and the graphs within them. */
function readNames(nodes: readonly NodeProto[]): Set<string> {
  return new Set(
    nodes.flatMap((node) => [
      ...(node.input ?? []),
      ...subgraphsOf(node).flatMap((inner) =>
        [...allGraphs(inner)].flatMap(({ node: own, output }) => [
          ...(own ?? []).flatMap(({ input }) => input ?? []),
          ...(output ?? []).map(({ name }) => name!),
        ]),
      ),
    ]),
  )
}

/** Initializers that nodes of the graph read as float32: all of their readers, or some. */
function onlyFloat32(graph: GraphProto, turning: Turning): Map<string, 'all' | 'some'> {
  const wide = new Set<string>()
  const narrow = new Set<string>((graph.output ?? []).map(({ name }) => name!))
  for (const node of graph.node ?? []) {
    const isKept = keepsFloat(node, turning)
    const slots = isStandard(node) ? (FLOAT_INPUTS[node.opType!] ?? []) : []
    for (const [slot, name] of (node.input ?? []).entries()) {
      if (isKept || slots.includes(slot)) wide.add(name)
      else narrow.add(name)
    }
    for (const inner of subgraphsOf(node)) {
      for (const each of allGraphs(inner)) {
        for (const { input } of each.node ?? []) for (const name of input ?? []) narrow.add(name)
      }
    }
  }
  return new Map([...wide].map((name) => [name, narrow.has(name) ? 'some' : 'all']))
}

function keepsFloat(node: NodeProto, { opset, keep }: Turning): boolean {
  if (subgraphsOf(node).length > 0) return false
  if (keep.has(layerOf(node))) return true
  if (!isStandard(node)) return node.domain !== 'com.microsoft'
  return opset < (FLOAT_ONLY[node.opType!] ?? 0)
}

function turnAttribute({ opType }: NodeProto, attribute: Onnx.IAttributeProto): void {
  if (attribute.t?.dataType === TYPE.float) attribute.t = halfTensor(attribute.t)
  const isType = attribute.name === 'to' || attribute.name === 'dtype'
  if (isType && Number(attribute.i) === TYPE.float) attribute.i = TYPE.float16
  // A Constant may have its numbers as attributes of their own, which are always float32.
  if (
    opType === 'Constant' &&
    (attribute.name === 'value_float' || attribute.name === 'value_floats')
  ) {
    const { floats, f } = attribute
    const isList = attribute.name === 'value_floats'
    const data = Float32Array.from(isList ? (floats ?? []) : [f ?? 0])
    attribute.name = 'value'
    attribute.type = 4
    attribute.t = halfTensor(tensor('', TYPE.float, isList ? [data.length] : [], data))
    attribute.floats = []
  }
}

/** Values that are float32, as far as nodes that stay float32 need to know it: found by going through the ops. */
function floatNames(model: ModelProto): Set<string> {
  const floats = new Set<string>()
  for (const graph of allGraphs(model.graph!)) {
    for (const each of graph.initializer ?? [])
      if (each.dataType === TYPE.float) floats.add(each.name!)
    for (const each of [
      ...(graph.input ?? []),
      ...(graph.output ?? []),
      ...(graph.valueInfo ?? []),
    ]) {
      if (elemType(each) === TYPE.float) floats.add(each.name!)
    }
    for (const node of graph.node ?? []) {
      for (const [index, name] of (node.output ?? []).entries()) {
        if (givesFloat(node, index, floats)) floats.add(name)
      }
    }
  }
  return floats
}

/** Operators that give no floats, or at these places only. */
const WHOLE: ReadonlySet<string> = new Set([
  ...[
    'Shape',
    'Size',
    'ArgMax',
    'ArgMin',
    'NonZero',
    'Equal',
    'Greater',
    'Less',
    'And',
    'Or',
    'Not',
  ],
  ...[
    'GreaterOrEqual',
    'LessOrEqual',
    'IsNaN',
    'IsInf',
    'Xor',
    'NonMaxSuppression',
    'QuantizeLinear',
  ],
  ...['MatMulInteger', 'ConvInteger', 'Multinomial'],
])

function givesFloat(node: NodeProto, index: number, floats: ReadonlySet<string>): boolean {
  const { opType, attribute, input } = node
  if (WHOLE.has(opType!)) return false
  if (opType === 'TopK' || opType === 'MaxPool') return index === 0 && floats.has(input![0]!)
  const typed = (attribute ?? []).find(({ name }) => name === 'to' || name === 'dtype')
  if (typed !== undefined) return Number(typed.i) === TYPE.float
  if (opType === 'Constant') {
    return (attribute ?? []).some(
      ({ name, t }) =>
        t?.dataType === TYPE.float || name === 'value_float' || name === 'value_floats',
    )
  }
  if (opType === 'ConstantOfShape') {
    const value = (attribute ?? []).find(({ name }) => name === 'value')
    return value === undefined || value.t?.dataType === TYPE.float
  }
  if (opType === 'Where') return floats.has(input![1]!)
  if (opType === 'DynamicQuantizeLinear') return index === 1
  if (opType === 'DequantizeLinear' || opType === 'RandomNormal' || opType === 'RandomUniform') {
    return true
  }
  return (
    floats.has(input?.[0] ?? '') ||
    subgraphsOf(node).some((inner) => {
      const given = inner.output?.[index]
      return given !== undefined && elemType(given) === TYPE.float
    })
  )
}

function rename(graph: GraphProto, names: ReadonlyMap<string, string>): void {
  if (names.size === 0) return
  for (const each of allGraphs(graph)) {
    for (const node of each.node ?? []) {
      node.input = (node.input ?? []).map((name) => names.get(name) ?? name)
    }
    for (const output of each.output ?? []) {
      output.name = names.get(output.name!) ?? output.name ?? ''
    }
  }
}

function elemType(info: Onnx.IValueInfoProto): number | undefined {
  return info.type?.tensorType?.elemType ?? undefined
}

function halfType(info: Onnx.IValueInfoProto): void {
  const type = info.type?.tensorType
  if (type?.elemType === TYPE.float) type.elemType = TYPE.float16
}

function cast(
  from: string,
  to: string,
  type: number,
  unique: (wanted: string) => string,
): NodeProto {
  const [opType, name] = ['Cast', unique(`${to}/Cast`)]
  return { opType, name, input: [from], output: [to], attribute: [intAttribute('to', type)] }
}

/** A float32 tensor as float16. What is too large becomes the largest number there is, unless it is infinite; what is too small, the smallest. */
function halfTensor(given: TensorProto): TensorProto {
  const numbers = floatsOf(given)
  const bits = Uint16Array.from(numbers, halfBits)
  return tensor(given.name ?? '', TYPE.float16, (given.dims ?? []).map(Number), bits)
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/** The bits of the float16 that is closest to a number; of two that are as close, the even one. */
export function halfBits(value: number): number {
  scratch[0] = value
  const sign = (scratchBits[0]! >>> 16) & 0x8000
  const magnitude = Math.abs(scratch[0])
  if (Number.isNaN(magnitude)) return sign | 0x7e00
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00
  if (magnitude >= LARGEST) return sign | 0x7bff
  if (magnitude === 0) return sign
  // An epsilon that became 0 would divide by 0.
  if (magnitude < SMALLEST) return sign | 1
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)))
  const unit = 2 ** (exponent - 10)
  const steps = roundToEven(magnitude / unit)
  // Steps of 2^10 and more carry into the exponent by themselves.
  return sign | (exponent === -14 ? steps : ((exponent + 14) << 10) + steps)
}

function roundToEven(value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}
