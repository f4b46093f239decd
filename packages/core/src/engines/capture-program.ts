import {
  type CaptureInput,
  type CaptureOptions,
  captureUnconfirmed,
  type UnconfirmedGraph,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { withSequenceLoops } from '../network/sequences.ts'
import type { Program } from './engine.ts'

/** Captures a program for a batch size. Inputs that are rows of tables are picked inside the graph, which gets the tables as they are. */
export function captureProgram(
  program: Program,
  batchSize: number,
  variables: Pick<CaptureOptions, 'variables' | 'nameVariable'>,
): UnconfirmedGraph {
  const drawn = Object.keys(program.tables ?? {})
  const run = (inputs: Record<string, tf.Tensor>) => {
    const picked = drawn.map((name) => [name, tf.gather(inputs[name]!, inputs.rows!.as1D())])
    return program.run({ ...inputs, ...Object.fromEntries(picked) })
  }
  // Who is yet to confirm it does not hold the graph.
  const { graph, fingerprint, confirm } = withSequenceLoops(() =>
    captureUnconfirmed(run, { inputs: graphInputs(program, batchSize), ...variables }),
  )
  return { graph, fingerprint, confirm: () => withSequenceLoops(confirm) }
}

/** What the graph of a program takes. */
function graphInputs(program: Program, batchSize: number): Readonly<Record<string, CaptureInput>> {
  const { tables } = program
  const inputs = program.inputs(batchSize)
  if (tables === undefined) return inputs
  const whole = Object.entries(tables).map(([name, { length }]) => {
    const [, ...shape] = inputs[name]!.shape
    const rows = length / tf.util.sizeFromShape(shape)
    return [name, { ...inputs[name]!, shape: [rows, ...shape] }]
  })
  const rows: CaptureInput = { shape: [batchSize], dtype: 'int32' }
  return { ...inputs, ...Object.fromEntries(whole), rows }
}
