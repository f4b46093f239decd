import { createValue, emptyGraph, type Graph, type Value } from '../ir/index.ts'
import { OnnxBuilder } from './builder.ts'

/** A branch of an `If` that sees these values, which follow its condition. */
export function branch<Outer extends readonly Value[]>(
  { scope, origin }: OnnxBuilder,
  outer: Outer,
  compute: (builder: OnnxBuilder, values: Outer) => Value,
): Graph {
  const graph = emptyGraph()
  const values = outer.map(({ shape, dtype }) => createValue(shape, dtype))
  for (const [at, value] of values.entries())
    graph.inputs.push({ name: '', value, state: false, from: at + 1 })
  const builder = Object.assign(new OnnxBuilder(graph), { scope, origin })
  const value = compute(builder, values as unknown as Outer)
  graph.outputs.push({ name: '', value, state: false })
  return graph
}
