import type { Shape } from './dim.ts'
import { type Attrs, createValue, type Node, namedInput, type Value } from './graph.ts'

/** A captured kernel that computes `outputs`. */
export function kernelNode(
  op: string,
  inputs: Readonly<Record<string, Value>>,
  outputs: readonly Value[],
  { attrs = {}, scope }: { readonly attrs?: Attrs; readonly scope: string },
): Node {
  // All fields, in the order in which lowered nodes have them: see createValue.
  const node: Node = {
    op,
    domain: 'tfjs',
    inputNames: Object.keys(inputs),
    inputs: Object.values(inputs),
    attrs,
    formals: undefined,
    outputs: [...outputs],
    scope,
    origin: undefined,
  }
  for (const output of outputs) output.node = node
  return node
}

/** Appends a captured kernel; see {@link emitter}. */
export type Emit = (
  op: string,
  inputs: Readonly<Record<string, Value>>,
  shape: Shape,
  attrs?: Attrs,
) => Value

/** Appends captured kernels of one output to a list; the output has the type of the first input. */
export function emitter(nodes: Node[], scope: string): Emit {
  return (op, inputs, shape, attrs = {}) => {
    const output = createValue(shape, Object.values(inputs)[0]!.dtype)
    nodes.push(kernelNode(op, inputs, [output], { attrs, scope }))
    return output
  }
}

/** Whether a node is the captured kernel of this name. */
export function isKernel<K extends string>(
  node: Node | undefined,
  kernel: K,
): node is Node & { readonly op: K } {
  return node?.domain === 'tfjs' && node.op === kernel
}

/** In a captured graph, the same numbers before they were given another shape. */
export function beforeReshapes(value: Value): Value {
  const { node } = value
  return isKernel(node, 'Reshape') ? beforeReshapes(namedInput(node, 'x')!) : value
}
