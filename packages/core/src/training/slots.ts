import * as tf from '@tensorflow/tfjs'
import type { EngineSession } from '../engines/engine.ts'
import type { NamedWeight } from '../network/weights.ts'
import type { Compiled } from './compile.ts'

/** The optimizer's memory as variables of a training program. */
export interface Slots {
  /** By unique name. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Those of one weight, by slot name. */
  of(weight: string): Readonly<Record<string, tf.Variable>>
  assign(weight: string, values: Readonly<Record<string, tf.Tensor>>): void
  /** Gives slots to weights that have none yet, which are trained from now on. */
  add(weights: readonly NamedWeight[]): void
  /** Copies by `slot/weight`. */
  read(session: EngineSession): Record<string, Float32Array>
  dispose(): void
}

/**
 * Slots with the numbers of the last `fit`, zero where there are none.
 *
 * @param names of the slots that each weight has.
 * @param numbers of the last `fit` by `slot/weight`.
 */
export function createSlots(
  names: readonly string[],
  numbers: Compiled['slots'],
  weights: readonly NamedWeight[],
): Slots {
  const variables: Record<string, tf.Variable> = {}
  const byWeight = new Map<string, Record<string, tf.Variable>>()
  const add = ({ name, shape }: NamedWeight) => {
    if (byWeight.has(name)) return
    const own: Record<string, tf.Variable> = {}
    for (const slot of names) {
      const before = numbers[`${slot}/${name}`]
      own[slot] = tf.tidy(() =>
        tf.variable(
          before === undefined ? tf.zeros([...shape]) : tf.tensor(before.slice(), [...shape]),
          false,
        ),
      )
      variables[variableName(slot, name)] = own[slot]
    }
    byWeight.set(name, own)
  }
  for (const weight of weights) add(weight)
  return {
    variables,
    add: (more) => {
      for (const weight of more) add(weight)
    },
    of: (weight) => byWeight.get(weight)!,
    assign(weight, values) {
      for (const [slot, value] of Object.entries(values)) byWeight.get(weight)![slot]!.assign(value)
    },
    read: (session) =>
      Object.fromEntries(
        [...byWeight.keys()].flatMap((name) =>
          names.map((slot) => [
            `${slot}/${name}`,
            session.read(variableName(slot, name)) as Float32Array,
          ]),
        ),
      ),
    dispose: () => tf.dispose(variables),
  }
}

function variableName(slot: string, weight: string): string {
  return `optimizer/${slot}/${weight}`
}
