import type { Graph, GraphInput, GraphOutput, Node, StateView, Value } from '../ir/index.ts'
import { sizeOf } from '../ir/index.ts'
import { ELEMENTWISE } from './update-components.ts'

/** Ops whose result is the memory of their operand, seen another way. */
const VIEWS = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity'])

/**
 * The next values of variables that may be written where the current ones lie, since nothing reads those any more by then: all that reads them
 * comes before the node that writes, on every path, and that node itself takes each element before it writes it. An optimizer's slots are of
 * that kind; weights are not, since gradients read them too. For lowered graphs whose updates are arranged.
 */
export function findInPlaceUpdates(graph: Graph): Set<GraphOutput> {
  const place = new Map(graph.nodes.map((node, index) => [node, index]))
  const readers = findReaders(graph)
  const states = graph.inputs.filter(({ state }) => state)
  const found = new Set<GraphOutput>()
  for (const output of graph.outputs) {
    const writer = output.value.node
    if (!output.state || writer === undefined || readers.outputs.has(output.value)) continue
    const isLast = states
      .filter((input) => overlap(viewOf(input), viewOf(output)))
      .every((input) => {
        if (readers.returned.has(input.value)) return false
        const isSame = sameStretch(viewOf(input), viewOf(output))
        return (readers.of.get(input.value) ?? []).every((reader) =>
          reader === writer
            ? isSame && takesBeforeItWrites(writer, readers.viewsOf(input.value), output.value)
            : isBefore(reader, writer, place),
        )
      })
    if (isLast) found.add(output)
  }
  return wholeVariables(graph, found)
}

/** Whether a node takes each element of a variable, by all views of it, for the last time before it writes the one at the same place of a result. */
function takesBeforeItWrites(writer: Node, views: ReadonlySet<Value>, result: Value): boolean {
  if (writer.domain === '' && writer.op === 'Scan') return takesRowsFirst(writer, views, result)
  return ELEMENTWISE.has(writer.op) || writesRowsInto(writer, views)
}

/** Whether each round of a scan takes its row of a variable before it writes that of a result. */
function takesRowsFirst(
  { inputs, outputs, attrs }: Node,
  views: ReadonlySet<Value>,
  result: Value,
): boolean {
  const body = attrs.body as Graph
  const carried = inputs.length - body.inputs.filter(({ from }) => from !== undefined).length
  // A state of the scan, or an operand that every round takes whole.
  if (attrs.num_scan_inputs !== carried || outputs.length !== body.outputs.length) return false
  const isBackwards = Object.keys(attrs).some((name) => /_(axes|directions)$/.test(name))
  const places = inputs.flatMap((input, index) => (input && views.has(input) ? [index] : []))
  if (isBackwards || !places.every((index) => index < carried)) return false
  // Rows of other sizes lie elsewhere than those that are written.
  if (!places.every((index) => inputs[index]!.shape[0] === result.shape[0])) return false
  const writer = body.outputs[outputs.indexOf(result)]?.value.node
  if (writer === undefined || !ELEMENTWISE.has(writer.op)) return false
  const place = new Map(body.nodes.map((node, index) => [node, index]))
  const rows = viewsIn(
    body,
    places.map((index) => body.inputs[index]!.value),
  )
  if (body.outputs.some((output) => rows.has(output.value))) return false
  return body.nodes
    .filter((node) => node.inputs.some((input) => input && rows.has(input)))
    .every((reader) => reader === writer || isBefore(reader, writer, place))
}

/** Values, and all that is their memory seen another way. */
function viewsIn({ nodes }: Graph, values: readonly Value[]): Set<Value> {
  const views = new Set(values)
  for (const { op, inputs, outputs } of nodes) {
    if (VIEWS.has(op) && views.has(inputs[0]!)) views.add(outputs[0]!)
  }
  return views
}

/** Whether a node writes some rows of what is given to it, and leaves the others where they lie. */
function writesRowsInto({ op, domain, inputs }: Node, views: ReadonlySet<Value>): boolean {
  const [data, ...others] = inputs
  const isOther = others.every((input) => input === undefined || !views.has(input))
  return domain === '' && op === 'ScatterND' && views.has(data!) && isOther
}

/** Without variables that would be written in place in part only. */
function wholeVariables(graph: Graph, found: Set<GraphOutput>): Set<GraphOutput> {
  const others = graph.outputs.filter((output) => output.state && !found.has(output))
  const partly = new Set(others.flatMap((output) => viewOf(output).variables))
  const kept = [...found].filter((output) =>
    viewOf(output).variables.every((name) => !partly.has(name)),
  )
  return kept.length === found.size ? found : wholeVariables(graph, new Set(kept))
}

interface Readers {
  /** All that a state input's memory is seen as, itself as well. */
  viewsOf(state: Value): ReadonlySet<Value>
  /** Nodes that read a state input's memory, directly or through views. */
  readonly of: ReadonlyMap<Value, readonly Node[]>
  /** State inputs whose memory is an output as well. */
  readonly returned: ReadonlySet<Value>
  /** Outputs that are views of a state input's memory. */
  readonly outputs: ReadonlySet<Value>
}

function findReaders(graph: Graph): Readers {
  /** The state input whose memory a value is. */
  const sources = new Map<Value, Value>()
  for (const { state, value } of graph.inputs) if (state) sources.set(value, value)
  const of = new Map<Value, Node[]>()
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const source = input && sources.get(input)
      if (source === undefined) continue
      of.set(source, [...(of.get(source) ?? []), node])
      if (VIEWS.has(node.op) && input === node.inputs[0]) sources.set(node.outputs[0]!, source)
    }
  }
  const views = graph.outputs.map(({ value }) => value).filter((value) => sources.has(value))
  return {
    viewsOf: (state) =>
      new Set([...sources].flatMap(([view, source]) => (source === state ? [view] : []))),
    of,
    returned: new Set(views.map((value) => sources.get(value)!)),
    outputs: new Set(views),
  }
}

/** Whether a node must have run before another may. */
function isBefore(earlier: Node, later: Node, place: ReadonlyMap<Node, number>): boolean {
  const bound = place.get(earlier)!
  const seen = new Set<Node>()
  const pending = [later]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const input of node.inputs) {
      const before = input?.node
      if (before === earlier) return true
      if (before === undefined || seen.has(before) || (place.get(before) ?? -1) < bound) continue
      seen.add(before)
      pending.push(before)
    }
  }
  return false
}

function viewOf({ name, value, view }: GraphInput | GraphOutput): StateView {
  return view ?? { variables: [name], offset: 0, length: Number(sizeOf(value.shape)) }
}

function sameStretch(a: StateView, b: StateView): boolean {
  return a.variables.join() === b.variables.join() && a.offset === b.offset && a.length === b.length
}

/** Variables that lie side by side are taken as a whole. */
function overlap(a: StateView, b: StateView): boolean {
  if (!a.variables.some((name) => b.variables.includes(name))) return false
  if (a.variables.length > 1 || b.variables.length > 1) return true
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length
}
