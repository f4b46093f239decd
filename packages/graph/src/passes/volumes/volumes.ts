import {
  type Attrs,
  createValue,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  type Shape,
  type Value,
} from '../../ir/index.ts'
import { isEachPlane, type PlaneWindows } from '../../lower/plane-windows.ts'
import type { GroupAttrs } from '../../ops/planes.ts'

/** What is put in the place of a node: kernels before those that follow it in the graph, made once of the same values. */
export class Volumes {
  /** Channels of a block. */
  readonly block: number
  readonly #made = new Map<string, Value>()
  #nodes: Node[] = []
  #scope = ''

  constructor(block: number) {
    this.block = block
  }

  /** The nodes that stand for one: what `rewrite` emits, reshaped to its output; the node itself where that gives nothing. */
  replace(node: Node, rewrite: (node: Node) => Value | undefined): Node[] {
    this.#nodes = []
    this.#scope = node.scope
    const result = rewrite(node)
    // What was emitted all the same may have been taken up elsewhere.
    if (result === undefined) return [...this.#nodes, node]
    const [output] = node.outputs as [Value]
    const { scope } = node
    const attrs = { shape: output.shape }
    return [...this.#nodes, kernelNode('Reshape', { x: result }, [output], { attrs, scope })]
  }

  /** A kernel's output; that of an equal one where there is one. */
  emit(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shape: Shape,
    attrs: Attrs = {},
  ): Value {
    const ids = Object.entries(inputs).map(([name, { id }]) => `${name} ${id}`)
    const key = JSON.stringify([op, ids, shape, attrs])
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const output = createValue(shape, Object.values(inputs)[0]!.dtype)
    this.#nodes.push(kernelNode(op, inputs, [output], { attrs, scope: this.#scope }))
    this.#made.set(key, output)
    return output
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.emit('Reshape', { x }, shape, { shape })
  }

  transpose(x: Value, perm: readonly number[]): Value {
    const shape = perm.map((axis) => x.shape[axis]!)
    return this.emit('Transpose', { x }, shape, { perm })
  }

  /** The planes of volumes, one after the other: images. */
  planes(volumes: Value): Value {
    const [batch, depth, ...image] = volumes.shape as readonly number[]
    return this.reshape(volumes, [batch! * depth!, ...image])
  }

  /** The planes of each window, its taps side by side as channels. */
  stack(planes: Value, windows: PlaneWindows): Value {
    if (isEachPlane(windows)) return planes
    const [all, ...image] = planes.shape as readonly number[]
    const { depth, count, taps } = windows
    const shape = [(all! / depth) * count, ...image.slice(0, -1), image.at(-1)! * taps]
    return this.emit('StackPlanes', { x: planes }, shape, { ...windows })
  }

  /** The sum over each window of what lies side by side as channels. */
  sum(planes: Value, windows: PlaneWindows): Value {
    if (isEachPlane(windows)) return planes
    const [all, ...image] = planes.shape as readonly number[]
    const { depth, count, taps } = windows
    const shape = [(all! / depth) * count, ...image.slice(0, -1), image.at(-1)! / taps]
    return this.emit('SumPlanes', { x: planes }, shape, { ...windows })
  }

  /** Groups of planes, side by side as channels; zeros where the last one is not full. */
  group(planes: Value, depth: number, group: number): Value {
    const count = Math.ceil(depth / group)
    return this.stack(planes, { depth, count, taps: group, start: 0, stride: group, step: 1 })
  }

  /** The planes of each group, one after the other. */
  ungroup(groups: Value, attrs: GroupAttrs, batch: number): Value {
    const { depth, group } = attrs
    if (group === 1) return groups
    const [, height, width, channels] = groups.shape as readonly number[]
    const shape = [batch * depth, height!, width!, channels! / group]
    return this.emit('PartPlanes', { x: groups }, shape, { ...attrs })
  }
}

/** Whether a node takes and gives numbers of float32 of fixed shapes alone. */
export function isFixed(node: Node): boolean {
  return [...node.inputs, ...node.outputs].every(
    (value) => value?.dtype === 'float32' && isStatic(value.shape),
  )
}

/** The shape of one of a node's inputs, which are fixed. */
export function shapeOf(node: Node, name: string): readonly number[] {
  return namedInput(node, name)!.shape as readonly number[]
}
