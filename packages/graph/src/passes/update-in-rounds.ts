import {
  createValue,
  emptyGraph,
  type GraphOutput,
  isConstant,
  type StateView,
  type Value,
} from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import type { StateReads } from './state-inputs.ts'
import type { Rewrite, UpdateComponent } from './update-components.ts'

/** About so many elements are updated in a round; measured for Adam on 3 and 16 million weights with AVX-512. */
const ROUND = 524_288

/** Smaller updates are as quick in pieces. */
const LARGE = 2 ** 21

/** Rounds of fewer elements take as long to begin as they save. */
const LEAST = ROUND / 2

/** The number of equal rounds that so many elements are updated in; undefined where there is none. */
export function roundsOfUpdate(size: number): number | undefined {
  if (size < LARGE) return undefined
  const first = Math.ceil(size / ROUND)
  const most = Math.floor(size / LEAST)
  for (let rounds = first; rounds <= most; rounds++) if (size % rounds === 0) return rounds
  return undefined
}

/** Of tables whose picked rows are written afterwards fewer operands go by in a round, and rounds of half the size are quicker: 1.9 ms for 2.4, of 3 million weights. */
const ROUND_OF_TABLE = ROUND / 2

/** The number of equal rounds, or one, that a table of so many elements is updated in where its picked rows are written afterwards; undefined where there is none. */
export function roundsOfTable(size: number): number | undefined {
  const first = Math.ceil(size / ROUND_OF_TABLE)
  for (let rounds = first; rounds <= 4 * first; rounds++) if (size % rounds === 0) return rounds
  return undefined
}

/**
 * A large update as a `Scan` over its operands, seen as a row for each round. A round reads its rows of the gradient where they lie, which pieces would have to be copied from; each element is
 * computed as before.
 *
 * @param before what must have been computed by then.
 */
export function updateInRounds(
  update: UpdateComponent,
  { inputs, states }: StateReads,
  rounds: number,
  before: readonly Value[] = [],
): Rewrite {
  const { leaves, nodes, outputs, size } = update
  const each = size / rounds
  const around = new OnnxBuilder(emptyGraph())
  around.scope = nodes[0]!.scope
  around.origin = nodes[0]!.origin
  const body = emptyGraph()
  const inner = new Map<Value, Value>()
  let isAwaiting = false
  const sequences = leaves.map((leaf, index) => {
    const row = createValue([each], 'float32')
    inner.set(leaf, row)
    body.inputs.push({ name: `x${index}`, value: row, state: false })
    const input = inputs.get(leaf)
    if (input === undefined) return around.reshape(leaf, [rounds, each])
    const view = wholeOf(input.name, size)
    const read = states.read(inRounds(input.name), view, [rounds, each])
    const awaited = isAwaiting ? [] : before
    isAwaiting = true
    return after(around, read, awaited)
  })
  const shared: Value[] = []
  const scalar = (value: Value): Value => {
    const flat = value.shape.length > 1 ? around.reshape(value, []) : value
    if (isConstant(flat)) return flat
    const taken = createValue(flat.shape, flat.dtype)
    body.inputs.push({ name: '', value: taken, state: false, from: leaves.length + shared.length })
    shared.push(flat)
    return taken
  }
  for (const node of nodes) {
    const operands = node.inputs.map((input) => {
      const known = inner.get(input!) ?? scalar(input!)
      inner.set(input!, known)
      return known
    })
    const result = createValue([each], 'float32')
    result.node = { ...node, inputs: operands, outputs: [result] }
    inner.set(node.outputs[0]!, result)
    body.nodes.push(result.node)
  }
  body.outputs = outputs.map(({ value }, index) => {
    return { name: `y${index}`, value: inner.get(value)!, state: false }
  })
  const attrs = { body, num_scan_inputs: leaves.length }
  const specs = outputs.map(() => ({ shape: [rounds, each], dtype: 'float32' as const }))
  const results = around.nodes('Scan', [...sequences, ...shared], attrs, specs, '', leaves.length)
  const written = outputs.map(({ name }, index): GraphOutput => {
    const view = wholeOf(name, size)
    return { name: inRounds(name), value: results[index]!, state: true, view }
  })
  return { nodes: around.graph.nodes, outputs: written }
}

/** A value that is not there before others are: its shape is put together with nothing of theirs. */
function after(builder: OnnxBuilder, value: Value, before: readonly Value[]): Value {
  if (before.length === 0) return value
  const none = before.map((each) =>
    builder.node('Shape', [each], { start: 0, end: 0 }, { shape: [0], dtype: 'int64' }),
  )
  const own = builder.ints(value.shape as readonly number[])
  const spec = { shape: [value.shape.length], dtype: 'int64' as const }
  const shape = builder.node('Concat', [...none, own], { axis: 0 }, spec)
  return builder.node('Reshape', [value, shape], {}, value)
}

function inRounds(name: string): string {
  return `${name}[rounds]`
}

function wholeOf(name: string, length: number): StateView {
  return { variables: [name], offset: 0, length }
}
