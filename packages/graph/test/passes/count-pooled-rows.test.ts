import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('gradients of pooled rows')

type Pool = (rows: tf.Tensor, words: tf.Tensor) => tf.Tensor

/** Of [texts, words, width]; words of number 0 are none. */
const pools: Readonly<Record<string, Pool>> = {
  mean: (rows) => rows.mean(1),
  sum: (rows) => rows.sum(1),
  'masked mean': (rows, words) => {
    const mask = words.notEqual(0).cast('float32').expandDims(-1)
    return rows.mul(mask).sum(1).div(mask.sum(1).add(1e-6))
  },
  'weighted sum': (rows, words) => rows.mul(words.cast('float32').sin().expandDims(-1)).sum(1),
}

const [TEXTS, WORDS, WIDTH] = [8, 64, 66] as const

/** A step on a table of so many rows, held against an eager one; its ops. */
async function opsOf(pool: Pool, table: number, texts: number = TEXTS) {
  const random = tf.randomNormal([table, WIDTH], 0, 1, 'float32', 3)
  const variables = { table: tf.variable(random) }
  const words = Int32Array.from({ length: texts * WORDS }, (_, at) =>
    at % 3 === 0 ? 0 : (at * 7919) % table,
  )
  const step = ({ ids }: Record<string, tf.Tensor>) => {
    const loss = () => {
      const rows = tf.gather(variables.table, ids!.flatten() as tf.Tensor1D)
      return pool(rows.reshape([texts, WORDS, WIDTH]), ids!)
        .square()
        .sum() as tf.Scalar
    }
    const { value, grads } = tf.variableGrads(loss, [variables.table])
    variables.table.assign(variables.table.sub(grads[variables.table.name]!.mul(0.1)))
    return { value }
  }
  const state = new StateStore(variables)
  const inputs = { ids: { shape: [texts, WORDS], dtype: 'int32' } } as const
  const compiled = await compile(capture(step, { inputs, variables }), { state, forms: 'usual' })
  // tfjs adds rows by going over all of them for each row of the table.
  if (table < 1000) {
    const { value } = await compiled.run({ ids: words })
    const ids = tf.tensor2d(words, [texts, WORDS], 'int32')
    closeTo(
      value!,
      tf.tidy(() => step({ ids }).value.dataSync()),
      1e-4,
    )
    closeTo(state.get('table'), variables.table.dataSync(), 1e-5)
    ids.dispose()
  }
  await compiled.dispose()
  state.dispose()
  tf.dispose([variables.table, random])
  const { nodes } = compiled.graph
  const added = nodes
    .filter(({ op }) => op === 'ScatterElements')
    .map(({ inputs: [, , x] }) => x!.shape)
  return { added, products: nodes.filter(({ op }) => op === 'MatMul' || op === 'Gemm').length }
}

for (const [name, pool] of Object.entries(pools)) {
  test(`${name}: one number for each word is added, and multiplied with the rows of the texts`, async () => {
    const { added, products } = await opsOf(pool, 31)
    assert.equal(added, [[TEXTS * WORDS]])
    assert.is(products, 1)
  })
}

test('where a table has many rows for the words of a text, or few numbers are added, rows are', async () => {
  for (const { added, products } of [
    await opsOf(pools.mean!, 20_000),
    await opsOf(pools.mean!, 31, 2),
  ]) {
    assert.not.equal(added, [[TEXTS * WORDS]])
    assert.is(products, 0)
  }
})

test('rows that are not pooled are added as they are', async () => {
  const { products } = await opsOf((rows) => rows.tanh().sum(1), 31)
  assert.is(products, 0)
})

test.run()
