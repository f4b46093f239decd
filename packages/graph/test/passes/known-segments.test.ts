import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { markKnownSegments } from '../../src/passes/known-segments.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('sums by segments that are known')

const ids = { shape: [2, 2], dtype: 'int32', values: [2, 0, 2, 1] } as const
const inputs = { table: { shape: [3, 4] }, ids }
const before = [simplifyAlgebra]

const check = (program: Parameters<typeof checkPass>[0]) =>
  checkPass(program, inputs, markKnownSegments, { before })

/** Whether each sum of a program is known. */
const known = async (program: Parameters<typeof checkPass>[0]) => {
  const { graph } = await check(program)
  const sums = graph.nodes.filter(({ op }) => op === 'UnsortedSegmentSum')
  return sums.map(({ attrs }) => attrs.areKnown === true)
}

const flat = (x: tf.Tensor): tf.Tensor1D => tf.reshape(x, [-1])

const embedding = ({ table, ids }: Record<string, tf.Tensor>) => {
  const loss = (x: tf.Tensor): tf.Scalar =>
    tf
      .gather(x, ids as tf.Tensor2D)
      .square()
      .sum()
  return { gradient: tf.grad(loss)(table!) }
}

test('are those of the rows that a table of as many was asked for', async () => {
  assert.equal(await known(embedding), [true])
})

test('are no others: of another table, or of numbers that nothing was picked by', async () => {
  const longer = ({ table, ids }: Record<string, tf.Tensor>) => {
    const rows = tf.gather(tf.concat([table!, table!]), flat(ids!))
    return { y: tf.unsortedSegmentSum(rows, flat(ids!), 3) }
  }
  assert.equal(await known(longer), [false])
  const outside = ({ table, ids }: Record<string, tf.Tensor>) => {
    const rows = tf.gather(table!, flat(ids!))
    const before = flat(ids!).sub(tf.scalar(1, 'int32')) as tf.Tensor1D
    return { y: tf.unsortedSegmentSum(rows, before, 3) }
  }
  assert.equal(await known(outside), [false])
})

test('look at no number, and keep no row for what is outside', async () => {
  const { graph } = await check(embedding)
  const ops = lower(graph, portableTarget()).nodes.map(({ op }) => op)
  assert.is(ops.filter((op) => op === 'ScatterElements').length, 1)
  for (const op of ['Less', 'Min', 'Where', 'Slice']) assert.not.ok(ops.includes(op), op)
})

test.run()
