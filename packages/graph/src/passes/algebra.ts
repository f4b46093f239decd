import {
  attrsKey,
  broadcast,
  type Dim,
  filled,
  type Graph,
  type Node,
  namedInput,
  replaceUses,
  type Shape,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/**
 * Removes captured kernels that change nothing (copies, casts to the same type, reshapes to the same shape, transposes to the same order, adding zero, multiplying by one)
 * and computes those whose inputs are constants of one number. tfjs's gradients are full of both.
 *
 * Multiplying by a zero that is known while compiling gives zero: such zeros stand for derivatives that do not exist, so an infinity on the
 * other side has no meaning.
 */
export function simplifyAlgebra(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => input && (replacements.get(input) ?? input))
    if (node.domain !== 'tfjs' || node.outputs.length !== 1) continue
    const output = node.outputs[0]!
    const simpler = RULES[node.op]?.(node, output)
    if (simpler === undefined) continue
    const result = replacements.get(simpler) ?? simpler
    if (result.node !== undefined) result.name ??= output.name
    replacements.set(output, result)
  }
  graph.nodes = graph.nodes.filter(
    (node) => node.outputs.length !== 1 || !replacements.has(node.outputs[0]!),
  )
  replaceUses(graph, replacements)
}

type Rule = (node: Node, output: Value) => Value | undefined

const RULES: Readonly<Record<string, Rule>> = {
  Identity: (node) => node.inputs[0],
  Cast: (node, output) =>
    node.inputs[0]!.dtype === output.dtype ? node.inputs[0] : uniform(node, output, (x) => x),
  Reshape: (node, output) => {
    const x = node.inputs[0]!
    if (sameShape(x.shape, output.shape)) return x
    const known = uniform(node, output, (value) => value)
    if (known !== undefined) return known
    // A reshape of a reshape starts from the first tensor.
    const before = x.node
    if (before?.domain === 'tfjs' && before.op === 'Reshape') {
      const source = before.inputs[0]!
      if (sameShape(source.shape, output.shape)) return source
      node.inputs[0] = source
    }
    return undefined
  },
  Tile: (node, output) =>
    sameShape(node.inputs[0]!.shape, output.shape)
      ? node.inputs[0]
      : uniform(node, output, (x) => x),
  Reverse: (node) => {
    // Both ways of a bidirectional layer turn their sequence twice.
    const [x] = node.inputs as [Value]
    const before = x.node
    const isUndone = before?.domain === 'tfjs' && before.op === 'Reverse'
    return isUndone && attrsKey(before.attrs) === attrsKey(node.attrs)
      ? before.inputs[0]
      : undefined
  },
  Transpose: (node, output) => {
    const known = uniform(node, output, (x) => x)
    if (known !== undefined) return known
    const [x] = node.inputs as [Value]
    const isSame = (node.attrs.perm as readonly number[]).every((axis, at) => axis === at)
    if (isSame) return x
    const before = x.node
    if (before?.domain !== 'tfjs' || before.op !== 'Transpose') return undefined
    // Two of which neither undoes the other are not made one: each may move whole rows where that one moved numbers.
    const first = before.attrs.perm as readonly number[]
    const perm = (node.attrs.perm as readonly number[]).map((axis) => first[axis])
    return perm.every((axis, at) => axis === at) ? before.inputs[0] : undefined
  },
  Fill: (node, output) =>
    typeof node.attrs.value === 'number' ? constantOf(node.attrs.value, output) : undefined,
  ZerosLike: (_, output) => constantOf(0, output),
  OnesLike: (_, output) => constantOf(1, output),
  Neg: (node, output) => uniform(node, output, (x) => -x),
  Sqrt: (node, output) => uniform(node, output, Math.sqrt),
  Sum: (node, output) =>
    uniform(node, output, (x) => (x * elements(node.inputs[0]!.shape)) / elements(output.shape)),
  Mean: (node, output) => uniform(node, output, (x) => x),
  Add: (node, output) => {
    leaveUnstretched(node, output)
    return neutral(node, output, 0, (a, b) => a + b)
  },
  AddN: (node) => (node.inputs.length === 1 ? node.inputs[0] : undefined),
  Sub: (node, output) => {
    leaveUnstretched(node, output)
    return rightNeutral(node, output, 0, (a, b) => a - b)
  },
  RealDiv: (node, output) =>
    uniformValue(node.inputs[0]) === 0
      ? constantOf(0, output)
      : rightNeutral(node, output, 1, (a, b) => a / b),
  Multiply: (node, output) => {
    leaveUnstretched(node, output)
    const isZero = node.inputs.some((input) => uniformValue(input) === 0)
    return isZero ? constantOf(0, output) : neutral(node, output, 1, (a, b) => a * b)
  },
}

/**
 * Lets a kernel that stretches its inputs itself take one as it was before it was stretched, where the two have the size of the result all the same: what a mean gives back is a product with ones of
 * the size of what was reduced.
 */
function leaveUnstretched(node: Node, output: Value): void {
  for (const [index, input] of node.inputs.entries()) {
    const source = unstretched(input!)
    if (source === undefined) continue
    const found = broadcast(source.shape, node.inputs[1 - index]!.shape)
    if (found !== undefined && sameShape(found, output.shape)) node.inputs[index] = source
  }
}

/** What a value is, some times over. */
function unstretched({ node, shape, dtype }: Value): Value | undefined {
  if (node?.domain !== 'tfjs' || dtype !== 'float32') return undefined
  const [a, b] = node.inputs as [Value, Value | undefined]
  if (node.op === 'BroadcastTo') return a
  if (node.op !== 'Multiply' || b === undefined) return undefined
  if (uniformValue(a) === 1 && sameShape(a.shape, shape)) return b
  return uniformValue(b) === 1 && sameShape(b.shape, shape) ? a : undefined
}

function constantOf(value: number, like: Value): Value | undefined {
  // A constant's size must be known; a size that varies stays a computation.
  if (!like.shape.every((size: Dim) => typeof size === 'number')) return undefined
  return filled(like.dtype === 'float32' ? Math.fround(value) : value, like.shape, like.dtype)
}

function uniform(node: Node, output: Value, compute: (x: number) => number): Value | undefined {
  const x = uniformValue(namedInput(node, 'x') ?? node.inputs[0])
  return x === undefined ? undefined : constantOf(compute(x), output)
}

function both(
  node: Node,
  output: Value,
  compute: (a: number, b: number) => number,
): Value | undefined {
  const [a, b] = node.inputs.map((input) => uniformValue(input))
  return a === undefined || b === undefined ? undefined : constantOf(compute(a, b), output)
}

function neutral(
  node: Node,
  output: Value,
  element: number,
  compute: (a: number, b: number) => number,
): Value | undefined {
  const [a, b] = node.inputs as [Value, Value]
  if (uniformValue(a) === element && sameShape(b.shape, output.shape)) return b
  return rightNeutral(node, output, element, compute)
}

function rightNeutral(
  node: Node,
  output: Value,
  element: number,
  compute: (a: number, b: number) => number,
): Value | undefined {
  const [a, b] = node.inputs as [Value, Value]
  if (uniformValue(b) === element && sameShape(a.shape, output.shape)) return a
  return both(node, output, compute)
}

function elements(shape: Shape): number {
  return shape.reduce<number>(
    (product, size) => product * (typeof size === 'number' ? size : Number.NaN),
    1,
  )
}
