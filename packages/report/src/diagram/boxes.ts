import type { LayerGraph, LayerGraphGroup, LayerGraphNode } from '@ashlar/core'

/** Steps one after the other, without a branch between them, as one box. */
export interface Box {
  readonly rows: readonly LayerGraphNode[]
  /** The call around them. */
  readonly group: number | undefined
}

/** A model as boxes and what goes from one to the other, by their places in `boxes`. */
export interface Boxes {
  readonly boxes: readonly Box[]
  readonly edges: readonly { readonly from: number; readonly to: number }[]
  readonly groups: readonly LayerGraphGroup[]
}

/** Puts steps that only follow each other into one box: what is left to see are the branches. */
export function boxesOf({ nodes, edges, groups }: LayerGraph): Boxes {
  const after = new Map<number, number[]>()
  const before = new Map<number, number[]>()
  for (const { from, to } of edges) {
    after.set(from, [...(after.get(from) ?? []), to])
    before.set(to, [...(before.get(to) ?? []), from])
  }
  const boxes: { rows: LayerGraphNode[]; group: number | undefined }[] = []
  const places = new Map<number, number>()
  for (const node of nodes) {
    const [last, ...others] = before.get(node.id) ?? []
    const follows =
      last !== undefined &&
      others.length === 0 &&
      after.get(last)!.length === 1 &&
      nodes[last]!.group === node.group
    if (follows) {
      const place = places.get(last)!
      boxes[place]!.rows.push(node)
      places.set(node.id, place)
    } else {
      places.set(node.id, boxes.length)
      boxes.push({ rows: [node], group: node.group })
    }
  }
  return {
    boxes,
    edges: edges
      .map(({ from, to }) => ({ from: places.get(from)!, to: places.get(to)! }))
      .filter(({ from, to }) => from !== to),
    groups,
  }
}
