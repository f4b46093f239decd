import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { findInPlaceUpdates } from '../../src/passes/in-place-updates.ts'
import { updateUsedRows } from '../../src/passes/update-used-rows.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('updates where the gradient is zero')

type Tables = Readonly<Record<'w' | 'm' | 'v', tf.Tensor>>
type Rule = (given: Tables & { g: tf.Tensor; rate: tf.Tensor }) => Partial<Tables>

const adam: Rule = ({ w, m, v, g, rate }) => {
  const mean = m.add(g.sub(m).mul(0.1))
  const variance = v.add(g.square().sub(v).mul(0.001))
  return { w: w.sub(mean.mul(rate).div(variance.sqrt().add(1e-7))), m: mean, v: variance }
}

/** Each with the number of loops that go over the whole table. */
const rules: Readonly<Record<string, readonly [rule: Rule, loops: number]>> = {
  adam: [adam, 1],
  adamw: [(given) => adam({ ...given, w: given.w.mul(tf.sub(1, given.rate.mul(0.01))) }), 1],
  'adam on what is clipped': [(given) => adam({ ...given, g: given.g.clipByValue(-0.1, 0.1) }), 1],
  'momentum with an average': [
    ({ w, m, v, g, rate }) => {
      const next = m.mul(0.9).sub(g.mul(rate))
      const value = w.add(next)
      return { w: value, m: next, v: v.mul(0.9).add(value.mul(0.1)) }
    },
    1,
  ],
  'adam on a decaying table': [(given) => adam({ ...given, g: given.g.add(given.w.mul(0.01)) }), 1],
  'adam on bounds that zero is outside of': [
    (given) => adam({ ...given, g: given.g.maximum(0.05).neg().abs() }),
    1,
  ],
  momentum: [
    ({ w, m, g, rate }) => {
      const next = m.mul(0.9).sub(g.mul(rate))
      return { w: w.add(next), m: next }
    },
    1,
  ],
  nesterov: [
    ({ w, m, g, rate }) => {
      const change = g.mul(rate)
      const next = m.mul(0.9).sub(change)
      return { w: w.add(next.mul(0.9).sub(change)), m: next }
    },
    1,
  ],
  // The table stays as it is where no row is picked.
  rmsprop: [
    ({ w, v, g, rate }) => {
      const square = v.mul(0.9).add(g.square().mul(0.1))
      return { w: w.sub(g.mul(rate).div(square.add(1e-7).sqrt())), v: square }
    },
    1,
  ],
  'rmsprop with momentum': [
    ({ w, m, v, g, rate }) => {
      const square = v.mul(0.9).add(g.square().mul(0.1))
      const next = m.mul(0.5).add(g.mul(rate).div(square.add(1e-7).sqrt()))
      return { w: w.sub(next), m: next, v: square }
    },
    2,
  ],
}

const SHAPE = [60, 3] as const

const picks = [
  [5, 0, 59, 5, 5],
  [5, 7, 8, 9, 0],
  [1, 1, 1, 1, 1],
  [5, 59, 2, 2, 0],
]

for (const [name, [rule, loops]] of Object.entries(rules)) {
  test(`${name}: rows that were not picked and rows that were are those of the whole arithmetic`, async () => {
    const variables = {
      w: tf.variable(tf.randomNormal([...SHAPE], 0, 1, 'float32', 7)),
      m: tf.variable(tf.randomNormal([...SHAPE], 0, 1, 'float32', 8)),
      v: tf.variable(tf.randomUniform([...SHAPE], 0, 1, 'float32', 9)),
    }
    const state = new StateStore(variables)
    const step = ({ rows, rate }: Record<string, tf.Tensor>) => {
      const loss = () => tf.sum(tf.square(tf.gather(variables.w, rows as tf.Tensor1D)))
      const { value, grads } = tf.variableGrads(() => loss() as tf.Scalar, [variables.w])
      const next = rule({ ...variables, g: grads[variables.w.name]!, rate: rate! })
      for (const [slot, tensor] of Object.entries(next)) {
        variables[slot as keyof Tables].assign(tensor)
      }
      return { value }
    }
    const inputs = {
      rows: { shape: [5], dtype: 'int32' },
      rate: { shape: [], dtype: 'float32' },
    } as const
    const graph = capture(step, { inputs, variables })
    removeDeadCode(graph)
    simplifyAlgebra(graph)
    updateUsedRows(graph, { large: 1, allowsOthers: true })
    const compiled = await compile(graph, { state, forms: 'usual' })
    for (const [at, each] of picks.entries()) {
      const rate = 0.1 / (at + 1)
      const given = { rows: tf.tensor1d(each, 'int32'), rate: tf.scalar(rate) }
      const { value } = await compiled.run({
        rows: Int32Array.from(each),
        rate: Float32Array.of(rate),
      })
      closeTo(
        value!,
        tf.tidy(() => step(given).value.dataSync()),
        1e-5,
      )
      for (const [slot, variable] of Object.entries(variables)) {
        closeTo(state.get(slot), variable.dataSync(), 1e-6)
      }
      tf.dispose(given)
    }
    const { nodes } = compiled.graph
    assert.is(nodes.filter(({ op }) => op === 'Scan').length, loops)
    assert.not(
      nodes.some(({ op, outputs }) => op === 'ScatterElements' && outputs[0]!.shape[0] === 60),
    )
    const written = compiled.graph.outputs.filter(({ state: isState }) => isState)
    assert.is(findInPlaceUpdates(compiled.graph).size, written.length)
    await compiled.dispose()
    state.dispose()
    tf.dispose(Object.values(variables))
  })
}

test.run()
