import {
  countUses,
  type Graph,
  isKernel,
  isStatic,
  kernelNode,
  type Node,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/** A mask's numbers are multiples of one over this, which is all of a share that they can keep. */
const STEPS = 2 ** 16
/** The smaller share, of what is kept or of what is dropped, must be that many of them: then it is met to a ten thousandth. */
const LEAST_STEPS = 2 ** 12

/**
 * The mask of a dropout, floor(uniform number + part that is kept), is a comparison of random bits, and 16 of them for each element will do: of a
 * counter's come four elements' bits, none of which becomes a number first.
 */
export function drawMasks(graph: Graph): void {
  const uses = countUses(graph)
  graph.nodes = graph.nodes.map((node) => {
    const drawn = isKernel(node, 'Floor') ? shiftedDraw(node.inputs[0]!, uses) : undefined
    if (drawn === undefined) return node
    const [seed, step] = drawn.random.inputs as [Value, Value]
    const { shape, salt } = drawn.random.attrs
    const least = Math.round((1 - drawn.kept) * STEPS)
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
  if (kept === undefined || random === undefined) return undefined
  if (Math.min(kept, 1 - kept) * STEPS < LEAST_STEPS) return undefined
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
