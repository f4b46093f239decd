import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { scaleInProducts } from '../../src/passes/scale-in-products.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('numbers that products are multiplied by')

const target = await cpuTarget()
const inputs = { q: { shape: [2, 5, 4] }, k: { shape: [2, 5, 4] } }

type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const check = (program: Program) =>
  checkLoweredPass(
    program,
    inputs,
    (graph) => {
      scaleInProducts(graph)
      removeDeadCode(graph)
    },
    { target },
  )

const alphas = ({ graph }: Awaited<ReturnType<typeof check>>) =>
  graph.nodes.filter(({ op }) => op.endsWith('MatMul')).map(({ attrs }) => attrs.alpha)

test('are applied by the product, before it and behind it', async () => {
  const behind = await check(({ q, k }) => ({
    y: tf.matMul(q!, k!, false, true).mul(0.5).mul(3),
  }))
  assert.equal(behind.after, ['FusedMatMul'])
  assert.equal(alphas(behind), [1.5])
  const before = await check(({ q, k }) => {
    const small = q!.mul(0.1)
    return { y: tf.matMul(small, k!, false, true), z: tf.matMul(tf.mul(4, k!), small, true) }
  })
  assert.equal(before.after, ['FusedMatMul', 'FusedMatMul'])
  const tenth = Math.fround(0.1)
  assert.equal(alphas(before), [tenth, Math.fround(4 * tenth)])
})

test('may be what products are divided by', async () => {
  const width = Math.sqrt(3)
  const behind = await check(({ q, k }) => ({ y: tf.matMul(q!, k!, false, true).div(width) }))
  assert.equal(behind.after, ['FusedMatMul'])
  assert.equal(alphas(behind), [Math.fround(1 / Math.fround(width))])
  const before = await check(({ q, k }) => ({ y: tf.matMul(q!.div(width), k!, false, true) }))
  assert.equal(before.after, ['FusedMatMul'])
})

test('stay where they divide by what changes, or by what is no number to multiply by', async () => {
  const product = (q: tf.Tensor, k: tf.Tensor) => tf.matMul(q, k, false, true)
  for (const by of [(q: tf.Tensor) => q.sum().square().add(1), () => tf.scalar(1e-39)]) {
    const given = await check(({ q, k }) => ({ y: product(q!, k!).div(by(q!)) }))
    assert.equal(given.after, given.before)
  }
})

test('stay where together they are too large, or too small, for what they are multiplied by', async () => {
  for (const by of [1e-20, 1e20]) {
    const range = [by, 2 * by] as const
    const large = { q: { ...inputs.q, range }, k: { ...inputs.k, range } }
    const program: Program = ({ q, k }) => ({ y: tf.matMul(q!.div(by), k!.div(by), false, true) })
    const given = await checkLoweredPass(program, large, scaleInProducts, { target })
    assert.equal(given.after, given.before)
  }
})

test('stay where the product itself is read, and where they are several', async () => {
  const read = await check(({ q, k }) => {
    const product = tf.matMul(q!, k!, false, true)
    return { y: product.mul(0.5), z: product }
  })
  assert.equal(read.after, read.before)
  const several = await check(({ q, k }) => ({
    y: tf.matMul(q!, k!, false, true).mul([1, 2, 3, 4, 5]),
    z: tf.matMul(q!.mul(k!), k!, false, true),
  }))
  assert.equal(several.after, several.before)
})

test('stay where they give the product another rank', async () => {
  const given = await check(({ q, k }) => ({
    y: tf.matMul(q!, k!, false, true).mul(tf.fill([1, 1, 1, 1], 2)),
  }))
  assert.equal(given.after, given.before)
})

test.run()
