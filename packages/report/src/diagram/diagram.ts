import type { LayerGraph, LayerGraphNode } from '@ashlar/core'
import { type Html, html } from '../html.ts'
import type { PlotImage } from '../plots/plot.ts'
import { type Box, boxesOf } from './boxes.ts'
import { layOut, type Place, type Point } from './layout.ts'

/** Pixels of a row, and of the empty space within a box. */
const ROW = 20
const PADDING = 4
/** Of a letter, about: nobody measures text without a browser. */
const LETTER = 7.6
const SPACE = 14

/** What is said of a step besides what the graph knows. */
export interface StepNotes {
  /** Its part of the time, 0 to 1, which it is shaded by; undefined where it is not known. */
  share(path: string): number | undefined
  /** More about a layer, for who points at it. */
  details(path: string): string
}

/**
 * A model as a graph with its branches: boxes of layers that follow each other, frames around blocks. Names of layers lead to their row of the table of
 * the page, by `#layer-PATH`; each has the address `#step-PATH`.
 */
export function modelDiagram(graph: LayerGraph, notes: StepNotes): PlotImage {
  const all = boxesOf(graph)
  const layout = layOut(all, (box) => sizeOf(box, graph.groups))
  const { width, height } = layout
  const title = 'the model: how data goes through its layers'
  const seen = new Set<string>()
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" role="group" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
${layout.groups.map(drawFrame)}${layout.edges.map(drawEdge)}${all.boxes.map((box, i) => drawBox(box, layout.boxes[i]!, { groups: graph.groups, notes, seen }))}${all.groups.map((group, i) => drawLabel(group, layout.groups[i]))}</svg>`
  return { name: 'model', title, svg: svg.text }
}

function sizeOf({ rows }: Box, groups: LayerGraph['groups']): { width: number; height: number } {
  const letters = Math.max(...rows.map((row) => wordsOf(row, groups).join('').length))
  return { width: letters * LETTER + 2 * SPACE + 40, height: rows.length * ROW + 2 * PADDING }
}

/** Name within the block, type and shape. */
function wordsOf(
  { name, type, shape, group, kind }: LayerGraphNode,
  groups: LayerGraph['groups'],
): [string, string, string] {
  const around = group === undefined ? undefined : groups[group]!.name
  const isInside = kind === 'layer' && around !== undefined
  return [isInside ? name.slice(around.length + 1) : name, type, shape.slice(1).join('×')]
}

function drawFrame(place: Place | undefined): Html | undefined {
  return (
    place &&
    html`<rect ${rectangle(roomy(place))} rx="8" fill="currentColor" fill-opacity="0.04" stroke="currentColor" stroke-opacity="0.3" stroke-dasharray="4 3"/>
`
  )
}

/** An edge may go through the words: they have a border of the colour of the page, white in a file. */
function drawLabel(
  { name, type }: LayerGraph['groups'][number],
  place: Place | undefined,
): Html | undefined {
  if (place === undefined) return undefined
  const { x, y } = roomy(place)
  return html`<text x="${round(x + 8)}" y="${round(y + 15)}" class="label" stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"><tspan font-weight="600">${name}</tspan> ${type}</text>
`
}

/** Room for the label above what is inside. */
function roomy({ x, y, width, height }: Place): Place {
  return { x, y: y - LABEL, width, height: height + LABEL }
}

const LABEL = 9

interface Drawing {
  readonly groups: LayerGraph['groups']
  readonly notes: StepNotes
  /** Names that have an address already. */
  readonly seen: Set<string>
}

function drawBox({ rows }: Box, place: Place, drawing: Drawing): Html {
  return html`<g><rect ${rectangle(place)} rx="5" fill="currentColor" fill-opacity="0.05" stroke="currentColor" stroke-opacity="0.5"/>${rows.map(
    (row, i) => drawRow(row, { ...place, y: place.y + PADDING + i * ROW, height: ROW }, drawing),
  )}</g>
`
}

function drawRow(row: LayerGraphNode, place: Place, { groups, notes, seen }: Drawing): Html {
  const [name, type, shape] = wordsOf(row, groups)
  const { x, y, width } = place
  const share = row.kind === 'layer' ? notes.share(row.name) : undefined
  // An input or a kernel may be called as a layer is: it has no address.
  const isFirst = row.kind === 'layer' && !seen.has(row.name)
  if (row.kind === 'layer') seen.add(row.name)
  const shade =
    share === undefined
      ? undefined
      : html`<rect ${rectangle({ ...place, x: x + 1, width: width - 2 })} fill="#4d8df0" fill-opacity="${round(0.06 + 0.3 * Math.min(1, share * SHADE))}"/>`
  const words = html`<text x="${round(x + SPACE)}" y="${round(y + 14)}"><tspan font-weight="600">${name}</tspan> ${type}</text><text x="${round(x + width - SPACE)}" y="${round(y + 14)}" text-anchor="end">${shape}</text>`
  if (row.kind !== 'layer') return html`${words}`
  const address = isFirst ? html` id="step-${row.name}"` : undefined
  return html`<a href="#layer-${row.name}"${address}><title>${notes.details(row.name)}</title>${shade}${words}</a>`
}

/** The shade is full at a quarter of the time: few layers of deep networks take as much. */
const SHADE = 4

/** A curve through the points of an edge, with an arrow at its end. */
function drawEdge(points: readonly Point[]): Html {
  const [first, ...others] = points
  const end = others.at(-1)!
  const middle = others.slice(0, -1).map((point, i) => {
    const next = others[i + 1]!
    const target =
      i === others.length - 2 ? end : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${at(point)} ${at(target)}`
  })
  const line = `M${at(first!)}${middle.length === 0 ? `L${at(end)}` : middle.join('')}`
  return html`<path d="${line}" fill="none" stroke="currentColor" stroke-opacity="0.6" stroke-width="1.4"/><path d="${arrow(others.at(-2) ?? first!, end)}" fill-opacity="0.75"/>
`
}

const ARROW = { length: 8, width: 3.5 }

function arrow(from: Point, to: Point): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const base = { x: to.x - x * ARROW.length, y: to.y - y * ARROW.length }
  const side = (sign: number) =>
    at({ x: base.x - sign * y * ARROW.width, y: base.y + sign * x * ARROW.width })
  return `M${at(to)}L${side(1)}L${side(-1)}Z`
}

function rectangle({ x, y, width, height }: Place): Html {
  return html`x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
