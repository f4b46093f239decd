import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'

await tf.setBackend('cpu')

const test = suite('steps that pick few rows of a large table')

const [ROWS, WIDTH, PICKS] = [40_000, 8, 50]

type State = Readonly<Record<'table' | 'mean' | 'square' | 'average' | 'time', tf.Variable>>
type Step = (state: State, rows: tf.Tensor1D, others: tf.Tensor1D) => Record<string, tf.Tensor>

function create(): State {
  const zeros = () => tf.variable(tf.zeros([ROWS, WIDTH]))
  return {
    table: tf.variable(tf.randomUniform([ROWS, WIDTH], -1, 1, 'float32', 7)),
    ...{ mean: zeros(), square: zeros(), average: zeros() },
    time: tf.variable(tf.scalar(0)),
  }
}

/** Adam's update; what the table becomes. */
function adam(state: State, gradient: tf.Tensor, decay = 0): tf.Tensor {
  state.time.assign(tf.add(state.time, 1))
  const mean = tf.add(tf.mul(state.mean, 0.9), tf.mul(gradient, 0.1))
  const square = tf.add(tf.mul(state.square, 0.999), tf.mul(tf.square(gradient), 0.001))
  state.mean.assign(mean)
  state.square.assign(square)
  const m = tf.div(mean, tf.sub(1, tf.pow(0.9, state.time)))
  const v = tf.div(square, tf.sub(1, tf.pow(0.999, state.time)))
  const before = decay === 0 ? state.table : tf.mul(state.table, 1 - decay)
  const next = tf.sub(before, tf.mul(0.05, tf.div(m, tf.add(tf.sqrt(v), 1e-4))))
  state.table.assign(next)
  return next
}

/** The loss of the rows that are picked, and of more of the table. */
function lossOf(
  { table }: State,
  rows: tf.Tensor1D,
  more: (table: tf.Tensor) => tf.Tensor = () => tf.scalar(0),
): { readonly loss: tf.Tensor; readonly gradient: tf.Tensor } {
  const sum = () => tf.add(tf.sum(tf.square(tf.gather(table, rows))), more(table)) as tf.Scalar
  const { value, grads } = tf.variableGrads(sum, [table])
  return { loss: value, gradient: grads[table.name]! }
}

const steps: Readonly<Record<string, Step>> = {
  plain: (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    adam(state, gradient)
    return { loss }
  },
  'with the table as it was beside it': (state, rows) => {
    const norm = tf.sum(tf.square(state.table))
    const { loss, gradient } = lossOf(state, rows)
    adam(state, gradient)
    return { loss, norm }
  },
  'with slots as they were beside it': (state, rows) => {
    const norm = tf.sum(tf.abs(tf.add(state.mean, state.square)))
    const { loss, gradient } = lossOf(state, rows)
    adam(state, gradient)
    return { loss, norm }
  },
  'with the table as it becomes beside it': (state, rows, others) => {
    const { loss, gradient } = lossOf(state, rows)
    const next = adam(state, gradient)
    return { loss, norm: tf.sum(tf.square(next)), seen: tf.gather(next, others) }
  },
  'with an average of what the table becomes': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    const next = adam(state, gradient)
    state.average.assign(tf.add(tf.mul(state.average, 0.9), tf.mul(next, 0.1)))
    return { loss }
  },
  'with an average of what the table was': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    const old = tf.mul(state.table, 0.1)
    adam(state, gradient)
    state.average.assign(tf.add(tf.mul(state.average, 0.9), old))
    return { loss }
  },
  'with decay': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    adam(state, gradient, 0.01)
    return { loss }
  },
  'with a penalty of the whole table': (state, rows) => {
    const penalty = (table: tf.Tensor) => tf.mul(0.01, tf.sum(tf.square(table)))
    const { loss, gradient } = lossOf(state, rows, penalty)
    adam(state, gradient)
    return { loss }
  },
  'with two lookups': (state, rows, others) => {
    const { loss, gradient } = lossOf(state, rows, (table) => tf.sum(tf.gather(table, others)))
    adam(state, gradient)
    return { loss }
  },
  'with rows as they were beside it': (state, rows, others) => {
    const seen = tf.gather(state.table, others)
    const { loss, gradient } = lossOf(state, rows)
    adam(state, gradient)
    return { loss, seen }
  },
  'with a bound of the norm': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    const norm = tf.sqrt(tf.sum(tf.square(gradient)))
    adam(state, tf.mul(gradient, tf.div(0.5, tf.maximum(norm, 0.5))))
    return { loss }
  },
  'with bounds of each number': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    adam(state, tf.clipByValue(gradient, -0.1, 0.1))
    return { loss }
  },
  'with a scaled loss': (state, rows) => {
    const { loss, gradient } = lossOf(state, rows)
    adam(state, tf.div(gradient, 1024))
    return { loss }
  },
}

/** What is picked in a step: many rows at once, or a few again and again. */
function picksOf(step: number): Int32Array {
  const among = step === 1 ? 30 : ROWS
  return Int32Array.from({ length: PICKS }, (_, index) => (index * 7919 * (step + 1)) % among)
}

function near(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.is(found.length, expected.length)
  let largest = 0
  for (let at = 0; at < expected.length; at++) {
    const allowed = Math.max(1, Math.abs(expected[at]!))
    largest = Math.max(largest, Math.abs(found[at]! - expected[at]!) / allowed)
  }
  assert.ok(largest <= 1e-5, `${what}: ${largest}`)
}

for (const [name, step] of Object.entries(steps)) {
  test(`${name}: all numbers are those of eager steps`, async () => {
    const variables = create()
    const state = new StateStore(variables)
    const run = ({ rows, others }: Record<string, tf.Tensor>) =>
      step(variables, rows as tf.Tensor1D, others as tf.Tensor1D)
    const inputs = {
      rows: { shape: [PICKS], dtype: 'int32' },
      others: { shape: [20], dtype: 'int32' },
    } as const
    const program = await compile(capture(run, { inputs, variables }), { state, trains: true })
    for (let count = 0; count < 3; count++) {
      const rows = picksOf(count)
      const others = Int32Array.from({ length: 20 }, (_, index) => (index * 31 + count) % ROWS)
      const found = await program.run({ rows, others })
      const held = Object.entries(found).map(([key, data]) => [key, data.slice()] as const)
      const expected = tf.tidy(() => {
        const results = run({
          rows: tf.tensor1d(rows, 'int32'),
          others: tf.tensor1d(others, 'int32'),
        })
        const numbers = Object.entries(results).map(([key, each]) => [key, each.dataSync().slice()])
        return Object.fromEntries(numbers) as Record<string, Float32Array>
      })
      for (const [key, data] of held) near(data as Float32Array, expected[key]!, key)
    }
    for (const [key, variable] of Object.entries(variables)) {
      near(state.get(key) as Float32Array, variable.dataSync(), key)
    }
    await program.dispose()
    state.dispose()
    tf.dispose(Object.values(variables))
  })
}

test.run()
