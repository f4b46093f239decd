import {
  countUses,
  createValue,
  type Graph,
  type GraphInput,
  isConstant,
  type Node,
  replaceUses,
  type Value,
} from '../ir/index.ts'

/**
 * Makes the bodies of `Scan`s short, for each node costs its overhead in each step: what is the same in all steps is computed before the loop, and a matrix product takes along what is
 * added to it. For lowered graphs.
 */
export function tightenScans(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.op !== 'Scan' || node.domain !== '') return [node]
    const before = hoistInvariants(node)
    addInProducts(node.attrs.body as Graph)
    return [...before, node]
  })
}

/** The nodes that are the same in all steps, now on values of the graph around the loop. */
function hoistInvariants(node: Node): Node[] {
  const body = node.attrs.body as Graph
  const outer = new Map<Value, Value>()
  for (const { value, from } of body.inputs) {
    if (from !== undefined) outer.set(value, node.inputs[from]!)
  }
  const before: Node[] = []
  const hoisted = new Set<Value>()
  body.nodes = body.nodes.filter((each) => {
    const isInvariant = each.inputs.every(
      (input) => input === undefined || isConstant(input) || outer.has(input),
    )
    if (!isInvariant || each.formals !== undefined) return true
    const outputs = each.outputs.map(({ shape, dtype }) => createValue(shape, dtype))
    const copy: Node = {
      ...each,
      inputs: each.inputs.map((input) => input && (outer.get(input) ?? input)),
      outputs,
    }
    for (const [index, output] of outputs.entries()) {
      output.node = copy
      outer.set(each.outputs[index]!, output)
      each.outputs[index]!.node = undefined
      hoisted.add(each.outputs[index]!)
    }
    before.push(copy)
    return false
  })
  const uses = countUses(body)
  const taken: GraphInput[] = []
  for (const value of hoisted) {
    if (!uses.has(value)) continue
    node.inputs.push(outer.get(value))
    taken.push({ name: '', value, state: false, from: node.inputs.length - 1 })
  }
  body.inputs.push(...taken)
  return before
}

/** Sums of a product and a matrix as one Gemm. */
function addInProducts(body: Graph): void {
  const uses = countUses(body)
  const replacements = new Map<Value, Value>()
  const nodes = new Set<Node>()
  for (const node of body.nodes) {
    const sum = node.outputs[0]!
    const product =
      node.op === 'Add' ? node.inputs.find((input) => isFree(input, sum, uses)) : undefined
    const gemm = product?.node
    const added = node.inputs.find((input) => input !== product)
    if (gemm === undefined || added === undefined || !isAddable(added, sum)) {
      nodes.add(node)
      continue
    }
    // What is added may be computed behind the product.
    nodes.delete(gemm)
    const output = createValue(sum.shape, sum.dtype)
    output.node = { ...gemm, inputs: [...gemm.inputs, added], outputs: [output] }
    nodes.add(output.node)
    replacements.set(sum, output)
  }
  body.nodes = [...nodes]
  replaceUses(body, replacements)
}

/** Whether a product takes it along: a number for each row, or one for each of its own. */
function isAddable({ shape }: Value, sum: Value): boolean {
  const [rows] = sum.shape
  return String(shape) === String(sum.shape) || String(shape) === String([rows, 1])
}

/** A product that nothing is added to yet, and that nobody else reads. */
function isFree(
  value: Value | undefined,
  { shape }: Value,
  uses: ReadonlyMap<Value, number>,
): boolean {
  const { op, inputs } = value?.node ?? {}
  return (
    op === 'Gemm' &&
    inputs!.length === 2 &&
    uses.get(value!) === 1 &&
    String(value!.shape) === String(shape)
  )
}
