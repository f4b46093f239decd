import {
  countUses,
  type Emit,
  emitter,
  type Graph,
  type Node,
  sameShape,
  type Value,
} from '../ir/index.ts'
import { type Affine, absorb, channelVector, fixedValues, linearSource } from './linear-kernels.ts'

/**
 * Puts a constant that is added to each channel behind a convolution or matrix product into its bias, and one that multiplies each channel into
 * its weights. For captured graphs.
 */
export function foldAffine(graph: Graph): void {
  foldForms(graph, FORMS, (isFixed) => isFixed)
}

/**
 * Makes what a run adds to each channel behind a convolution or matrix product its bias. Layers with an activation add it by a kernel of its own where gradients
 * are wanted. For captured graphs.
 */
export function foldBiases(graph: Graph): void {
  foldForms(graph, { Add: FORMS.Add! }, () => () => true)
}

/** @param which given which values are constant, says which weights may be folded into and which numbers may be folded. */
function foldForms(
  graph: Graph,
  forms: Readonly<Record<string, Form>>,
  which: (isFixed: (value: Value) => boolean) => (value: Value) => boolean,
): void {
  const uses = countUses(graph)
  const isFixed = fixedValues(graph)
  const mayFold = which(isFixed)
  graph.nodes = graph.nodes.flatMap((node) => {
    const form = node.domain === 'tfjs' ? forms[node.op] : undefined
    const [output] = node.outputs as [Value]
    if (form === undefined || output.dtype !== 'float32' || isFixed(output)) return [node]
    const channels = output.shape.at(-1)
    if (typeof channels !== 'number') return [node]
    const [a, b] = node.inputs as [Value, Value]
    for (const [x, c, isLeft] of [
      [a, b, true],
      [b, a, false],
    ] as const) {
      if (!mayFold(c) || !sameShape(x.shape, output.shape)) continue
      const source = linearSource(x, uses, mayFold)
      if (source === undefined) continue
      const nodes: Node[] = []
      const emit = emitter(nodes, node.scope)
      const vector = channelVector(c, channels, emit)
      const affine = vector && form(vector, isLeft, emit)
      if (affine === undefined) continue
      return [...nodes, ...absorb(source, affine, output, node.scope)]
    }
    return [node]
  })
}

/** What a kernel of x and a constant does to x; `isLeft` when x comes first. */
type Form = (vector: Value, isLeft: boolean, emit: Emit) => Affine | undefined

const FORMS: Readonly<Record<string, Form>> = {
  Add: (shift) => ({ shift }),
  Sub: (vector, isLeft, emit) =>
    isLeft ? { shift: emit('Neg', { x: vector }, vector.shape) } : undefined,
  Multiply: (slope) => ({ slope }),
}
