import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { compile } from '../../src/run/compile.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { StateStore } from '../../src/run/state-store.ts'

await tf.setBackend('cpu')

const test = suite('sigmoids of training steps')

const logits = [-60, -44, -40, -30, -20, -18, -15, -1, 0, 2]
const likelihood = (x: tf.Tensor) => {
  const p = tf.sigmoid(x)
  const said = tf.add(tf.mul(p, 1), tf.mul(tf.sub(1, p), 0))
  return tf.neg(tf.log(said))
}
const shares = (x: tf.Tensor) => {
  const gates = tf.mul(tf.sigmoid(tf.sub(x, 40)), tf.add(2, tf.tanh(x)))
  return tf.square(tf.div(gates, tf.sum(gates)))
}
const scaled = (x: tf.Tensor) => tf.mul(tf.sigmoid(x), 1e8)

/** Likelihoods, focal losses and mixtures that people write by hand: what a gate is multiplied with goes on to a logarithm or a quotient. */
for (const [name, of] of Object.entries({ likelihood, shares, scaled })) {
  test(`are right where they are tiny: ${name}`, async () => {
    const w = tf.variable(tf.tensor1d(logits))
    const state = new StateStore({ w })
    const step = () => {
      const { value, grads } = tf.variableGrads(() => tf.sum(of(w)) as tf.Scalar, [w])
      const each = of(w)
      w.assign(tf.sub(w, grads[w.name]!) as tf.Tensor1D)
      return { value, each }
    }
    const graph = capture(step, { inputs: {}, variables: { w } })
    const program = await compile(graph, { state, target: await cpuTarget() })
    const got = await program.run({})
    const after = [...state.get('w')].map(Number)
    await program.dispose()
    state.dispose()
    const expected = step()
    const right = [...expected.each.dataSync()]
    for (const [index, number] of [...got.each!].entries()) {
      const wanted = right[index]!
      assert.ok(
        Math.abs(Number(number) - wanted) <= 1e-5 * Math.abs(wanted) + 1e-37,
        `${name} of ${logits[index]}: ${number}, not ${wanted}`,
      )
    }
    const moved = [...w.dataSync()]
    for (const [index, number] of after.entries()) {
      const limit = 1e-5 * Math.max(1, Math.abs(moved[index]!))
      assert.ok(Math.abs(number - moved[index]!) <= limit, `${number}, not ${moved[index]}`)
    }
    w.dispose()
  })
}

test.run()
