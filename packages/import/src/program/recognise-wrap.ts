import type { OnnxNode } from '../file/graph.ts'
import type { Found } from './region.ts'
import type { Wiring } from './wiring.ts'

/**
 * Integers of 64 bits that are brought to 32, modulo 2^32: `(x + 2^31) mod 2^32 - 2^31`, as Ashlar's own files make integers of floats. TensorFlow.js's integers have 32 bits: there it is what they do
 * by themselves, and could not be computed.
 */
export function* wrapsAround(mod: OnnxNode, { maker, users, number }: Wiring): Generator<Found> {
  const [moved, whole] = mod.inputs
  const add = moved === undefined ? undefined : maker.get(moved)
  const [sub, ...others] = users.get(mod.outputs[0]!) ?? []
  if (add?.op !== 'Add' || sub?.op !== 'Sub' || others.length > 0) return
  const [x, half] = add.inputs as [string, string]
  const isWrap =
    number(whole!) === 2 ** 32 &&
    number(half) === 2 ** 31 &&
    sub.inputs[0] === mod.outputs[0] &&
    number(sub.inputs[1]!) === 2 ** 31
  if (!isWrap) return
  yield {
    node: { ...sub, op: 'Identity', domain: '', inputs: [x], attributes: new Map() },
    parts: [add, mod, sub],
  }
}
