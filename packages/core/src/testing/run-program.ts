import * as tf from '@tensorflow/tfjs'
import type { Arrays, Engine, Program } from '../engines/engine.ts'

/** Runs a program once with an engine and returns its outputs, with the variables' numbers under their names. */
export async function runProgram(
  engine: Engine,
  program: Program,
  batchSize: number,
  feeds: Arrays,
  variables: Readonly<Record<string, tf.Variable>> = {},
): Promise<Arrays> {
  const session = await engine.open(variables)
  try {
    const outputs = await session.prepare(program).run(batchSize, feeds)
    const state = Object.keys(variables).map((name) => [name, session.read(name)])
    return { ...outputs, ...Object.fromEntries(state) }
  } finally {
    await session.dispose()
  }
}

/** Runs `fn` and gives variables the numbers back that they had before. */
export async function restoring<T>(
  variables: readonly tf.Variable[],
  fn: () => Promise<T>,
): Promise<T> {
  const before = variables.map((variable) => tf.clone(variable))
  try {
    return await fn()
  } finally {
    variables.forEach((variable, i) => {
      variable.assign(before[i]!)
    })
    tf.dispose(before)
  }
}
