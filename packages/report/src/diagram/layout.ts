import { Graph, layout } from '@dagrejs/dagre'
import type { Boxes } from './boxes.ts'

/** A rectangle. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where everything lies, in pixels from the upper left. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** One for each box. */
  readonly boxes: readonly Place[]
  /** One for each group; undefined for one without boxes. */
  readonly groups: readonly (Place | undefined)[]
  /** The points that each edge goes through. */
  readonly edges: readonly (readonly Point[])[]
}

/** Pixels from the upper left. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Room around what is drawn. */
const MARGIN = 10

/** Lays boxes out from top to bottom, those of a group together, so that few edges cross. */
export function layOut(
  { boxes, edges, groups }: Boxes,
  sizeOf: (box: Boxes['boxes'][number]) => { readonly width: number; readonly height: number },
): Layout {
  const graph = new Graph({ compound: true, multigraph: true })
  graph.setGraph({
    rankdir: 'TB',
    ranksep: 32,
    nodesep: 24,
    edgesep: 14,
    marginx: MARGIN,
    marginy: MARGIN,
  })
  graph.setDefaultEdgeLabel(() => ({}))
  const used = new Set(boxes.map(({ group }) => group))
  // An outer group is used where one inside is.
  for (const { id, group } of groups.toReversed()) if (used.has(id)) used.add(group)
  for (const { id } of groups) if (used.has(id)) graph.setNode(groupName(id), {})
  for (const [place, box] of boxes.entries()) graph.setNode(boxName(place), { ...sizeOf(box) })
  for (const { id, group } of groups) {
    if (used.has(id) && group !== undefined) graph.setParent(groupName(id), groupName(group))
  }
  for (const [place, { group }] of boxes.entries()) {
    if (group !== undefined) graph.setParent(boxName(place), groupName(group))
  }
  for (const [place, { from, to }] of edges.entries()) {
    graph.setEdge(boxName(from), boxName(to), {}, String(place))
  }
  layout(graph)
  const placeOf = (name: string): Place => {
    const { x, y, width, height } = graph.node(name) as Place
    // dagre gives centres.
    return { x: x - width / 2, y: y - height / 2, width, height }
  }
  const { width = 0, height = 0 } = graph.graph() as Partial<Place>
  return {
    width,
    height,
    boxes: boxes.map((_, place) => placeOf(boxName(place))),
    groups: groups.map(({ id }) => (used.has(id) ? placeOf(groupName(id)) : undefined)),
    edges: edges.map(
      ({ from, to }, place) =>
        (graph.edge(boxName(from), boxName(to), String(place)) as { points: Point[] }).points,
    ),
  }
}

function boxName(place: number): string {
  return `box ${place}`
}

function groupName(id: number): string {
  return `group ${id}`
}
