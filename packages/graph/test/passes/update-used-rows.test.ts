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

const test = suite('updates of the rows that are used')

const SHAPE = [60, 3] as const

type Tables = Readonly<Record<'table' | 'mean', tf.Variable>>

/** Plain gradient descent. */
function descend({ table }: Tables, gradient: tf.Tensor): void {
  table.assign(tf.sub(table, tf.mul(gradient, 0.1)))
}

/** With a mean of gradients that no row has but those that are used. */
function lazily({ table, mean }: Tables, gradient: tf.Tensor): void {
  const used = tf.any(tf.notEqual(gradient, 0), -1, true)
  const next = tf.add(mean, tf.mul(tf.sub(tf.square(gradient), mean), 0.1))
  const value = tf.sub(table, tf.div(tf.mul(gradient, 0.1), tf.add(tf.sqrt(next), 0.5)))
  table.assign(tf.where(used, value, table))
  mean.assign(tf.where(used, next, mean))
}

/** As usual: all rows of the mean decay. */
function densely({ table, mean }: Tables, gradient: tf.Tensor): void {
  const next = tf.add(mean, tf.mul(tf.sub(gradient, mean), 0.1))
  table.assign(tf.sub(table, tf.mul(next, 0.1)))
  mean.assign(next)
}

/**
 * Three steps held against eager ones; says what is computed of the whole table, and which variables are written in place.
 *
 * @param picks as many for each step.
 */
async function steps(
  update: (tables: Tables, gradient: tf.Tensor) => void,
  picks: readonly (readonly number[])[],
  { large = 1, allowsOthers = false } = {},
) {
  const variables = {
    table: tf.variable(tf.randomNormal([...SHAPE], 0, 1, 'float32', 7)),
    mean: tf.variable(tf.zeros([...SHAPE])),
  }
  const state = new StateStore(variables)
  const run = ({ rows }: Record<string, tf.Tensor>) => {
    const loss = () => tf.sum(tf.square(tf.gather(variables.table, rows as tf.Tensor1D)))
    const { value, grads } = tf.variableGrads(() => loss() as tf.Scalar, [variables.table])
    update(variables, grads[variables.table.name]!)
    return { value }
  }
  const inputs = { rows: { shape: [picks[0]!.length], dtype: 'int32' } } as const
  const graph = capture(run, { inputs, variables })
  removeDeadCode(graph)
  simplifyAlgebra(graph)
  updateUsedRows(graph, { large, allowsOthers })
  const compiled = await compile(graph, { state, forms: 'usual' })
  for (const each of picks) {
    const { value } = await compiled.run({ rows: Int32Array.from(each) })
    const expected = tf.tidy(() => run({ rows: tf.tensor1d([...each], 'int32') }).value.dataSync())
    closeTo(value!, expected, 1e-4)
  }
  for (const [name, variable] of Object.entries(variables)) {
    closeTo(state.get(name), variable.dataSync(), 1e-5)
  }
  const whole = compiled.graph.nodes.filter(({ outputs }) => outputs[0]!.shape[0] === SHAPE[0])
  const inPlace = [...findInPlaceUpdates(compiled.graph)].flatMap(
    ({ name, view }) => view?.variables ?? [name],
  )
  await compiled.dispose()
  state.dispose()
  tf.dispose(Object.values(variables))
  const ops = compiled.graph.nodes.map(({ op }) => op)
  return { whole: whole.map(({ op }) => op).sort(), inPlace: inPlace.sort(), ops }
}

const picks = [
  [5, 0, 59, 5, 5],
  [5, 7, 8, 9, 0],
  [1, 1, 1, 1, 1],
]

test('gradient descent writes the rows that were picked, where they lie', async () => {
  const { whole, inPlace } = await steps(descend, picks)
  // One of them is the list of which pick stands for a row.
  assert.equal(whole, ['ScatterND', 'ScatterND'])
  assert.equal(inPlace, ['table'])
})

test('so does an optimizer that leaves other rows as they are, in its slots as well', async () => {
  const { whole, inPlace } = await steps(lazily, picks)
  assert.equal(whole, ['ScatterND', 'ScatterND', 'ScatterND'])
  assert.equal(inPlace, ['mean', 'table'])
})

test('slots that decay in all rows are computed as a whole', async () => {
  const { whole } = await steps(densely, picks)
  assert.ok(whole.includes('Sub'), String(whole))
})

test('slots that decay in all rows do so with a gradient of zero, and rows that were picked are written over', async () => {
  const { whole, inPlace, ops } = await steps(densely, picks, { allowsOthers: true })
  assert.equal(
    whole.filter((op) => op !== 'Reshape'),
    ['ScatterND', 'ScatterND', 'ScatterND'],
  )
  assert.is(ops.filter((op) => op === 'Scan').length, 1)
  assert.equal(inPlace, ['mean', 'mean', 'table', 'table'])
})

test('a small table is updated as a whole', async () => {
  const { whole } = await steps(descend, [[5, 0, 59, 5, 5]], { large: 1000 })
  assert.ok(whole.includes('Sub'), String(whole))
})

test('where a step picks half of the rows, the table is updated as a whole', async () => {
  const many = Array.from({ length: 30 }, (_, index) => (7 * index) % 60)
  const { whole } = await steps(descend, [many])
  assert.ok(whole.includes('Sub'), String(whole))
})

test.run()
