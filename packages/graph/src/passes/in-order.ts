import type { Node, Value } from '../ir/index.ts'

/** Each node behind those that it needs, and otherwise where it was. */
export function inOrder(nodes: readonly Node[]): Node[] {
  const makers = new Map<Value, Node>()
  for (const node of nodes) for (const output of node.outputs) makers.set(output, node)
  const done = new Set<Node>()
  const stack: Node[] = nodes.toReversed()
  while (stack.length > 0) {
    const node = stack.at(-1)!
    const open = node.inputs.flatMap((input) => {
      const maker = input && makers.get(input)
      return maker === undefined || done.has(maker) ? [] : maker
    })
    if (open.length > 0 && !done.has(node)) {
      stack.push(...open)
      continue
    }
    stack.pop()
    done.add(node)
  }
  return [...done]
}
