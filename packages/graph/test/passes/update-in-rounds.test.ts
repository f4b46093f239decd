import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, onnx, StateStore } from '../../src/index.ts'
import { roundsOfTable, roundsOfUpdate } from '../../src/passes/update-in-rounds.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('update in rounds')

test('rounds are equal, of 256 K to 512 K elements; where none are, there are pieces', () => {
  assert.is(roundsOfUpdate(4096 * 4096), 32)
  assert.is(roundsOfUpdate(100_000 * 32), 8)
  assert.is(roundsOfUpdate(2 ** 21), 4)
  assert.is(roundsOfUpdate(2 ** 20), undefined)
  assert.is(roundsOfUpdate(3_000_017), undefined)
})

test('tables whose picked rows are written afterwards have rounds of up to 256 K elements, or one', () => {
  assert.is(roundsOfTable(100_000 * 32), 16)
  assert.is(roundsOfTable(180), 1)
  assert.is(roundsOfTable(2 ** 19), 2)
  assert.is(roundsOfTable(3_000_017), undefined)
})

test("an optimizer's update of a large weight is one scan without a copy of the gradient", async () => {
  const shape = [1024, 2048] as const
  const variables = {
    w: tf.variable(tf.randomUniform([...shape], -1, 1, 'float32', 1)),
    m: tf.variable(tf.zeros([...shape])),
    v: tf.variable(tf.zeros([...shape])),
  }
  const { w, m, v } = variables
  const program = ({ x, rate }: Record<string, tf.Tensor>) => {
    const y = tf.matMul(x!, w)
    const gradient = tf.matMul(x!, y, true)
    const mean = m.add(gradient.sub(m).mul(0.1))
    const variance = v.add(gradient.square().sub(v).mul(0.001))
    const next = w.sub(mean.mul(rate!).div(variance.sqrt().add(1e-7)))
    m.assign(mean)
    v.assign(variance)
    w.assign(next)
    return { loss: y.square().mean() }
  }
  const inputs = {
    x: { shape: [2, 1024], dtype: 'float32' },
    rate: { shape: [], dtype: 'float32' },
  } as const
  const state = new StateStore(variables)
  const compiled = await compile(capture(program, { inputs, variables }), {
    state,
    forms: 'usual',
  })
  const x = Float32Array.from({ length: 2048 }, (_, index) => Math.sin(index))
  for (const rate of [0.1, 0.05]) {
    const { loss } = await compiled.run({ x, rate: Float32Array.of(rate) })
    const given = { x: tf.tensor2d(x, [2, 1024]), rate: tf.scalar(rate) }
    closeTo(
      loss!,
      tf.tidy(() => program(given).loss.dataSync()),
      1e-3,
    )
    tf.dispose(given)
  }
  for (const [name, variable] of Object.entries(variables)) {
    closeTo(state.get(name), variable.dataSync(), 1e-3)
  }
  const ops = onnx.ModelProto.decode(compiled.model).graph!.node!.map(({ opType }) => opType)
  assert.is(ops.filter((op) => op === 'Scan').length, 1)
  assert.is(ops.filter((op) => op === 'Split').length, 0)
  await compiled.dispose()
  tf.dispose(Object.values(variables))
})

test.run()
