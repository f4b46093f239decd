import {
  countUses,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/** Uniform numbers are multiples of one over this. */
const STEPS = 2 ** 24

/**
 * The mask of a dropout, floor(uniform number + part that is kept), is a comparison of the generator's bits: nothing of them has to become a number first. The same
 * elements are kept, bit for bit.
 */
export function drawMasks(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    const drawn = isKernel(node, 'Floor') ? shiftedDraw(node.inputs[0]!, uses) : undefined
    if (drawn === undefined) return node
    const [seed, step] = drawn.random.inputs as [Value, Value]
    const { shape, salt } = drawn.random.attrs
    const least = leastStep(drawn.kept)
    const attrs = { shape, salt, least }
    return kernelNode('RandomMask', { seed, step }, node.outputs, { attrs, scope: node.scope })
  })
}

/** The draw behind u + kept, for a u that nobody else reads. */
function shiftedDraw(
  sum: Value,
  uses: ReadonlyMap<Value, number>,
): { readonly random: Node; readonly kept: number } | undefined {
  const add = sum.node
  if (add === undefined || !isKernel(add, 'Add') || uses.get(sum) !== 1) return undefined
  const [u, constant] = add.inputs as [Value, Value]
  const kept = uniformValue(constant)
  const random = u.node
  if (kept === undefined || !(kept > 0 && kept < 1) || random === undefined) return undefined
  const { offset, scale, dtype = 'float32' } = random.attrs
  const isPlain =
    isKernel(random, 'RandomUniform') &&
    offset === 0 &&
    scale === 1 &&
    dtype === 'float32' &&
    String(random.inputNames) === 'seed,step' &&
    uses.get(u) === 1 &&
    isStatic(u.shape) &&
    String(u.shape) === String(sum.shape)
  return isPlain ? { random, kept } : undefined
}

function isKernel({ domain, op }: Node, kernel: string): boolean {
  return domain === 'tfjs' && op === kernel
}

/** The fewest steps whose sum with `kept` reaches 1 in float32; sums are rounded, and grow with the steps. */
function leastStep(kept: number): number {
  let [below, reached] = [-1, STEPS]
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2)
    if (Math.fround(middle / STEPS + Math.fround(kept)) >= 1) reached = middle
    else below = middle
  }
  return reached
}
