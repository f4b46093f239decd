import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { pickOwnClasses } from '../../src/passes/pick-own-classes.ts'
import { compile } from '../../src/run/compile.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')
repairTfjs()

const test = suite('cross-entropies of class indices')

type Given = Record<string, tf.Tensor>

const pass = (graph: Graph) => {
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  pickOwnClasses(graph)
  removeDeadCode(graph)
}

const oneHot = (classes: tf.Tensor, count: number) => tf.oneHot(classes, count, 1, 0, 'float32')

/** Losses of rows, and their sum by weights, as people write them. */
const WAYS: Readonly<Record<string, (given: Given, count: number) => tf.Tensor>> = {
  'logSoftmax times one-hot rows': ({ x, classes, w }, count) =>
    tf.mul(tf.neg(tf.sum(tf.mul(oneHot(classes!, count), tf.logSoftmax(x!, -1)), -1)), w!),
  'the other way round, and the sum keeps its axis': ({ x, classes, w }, count) =>
    tf.mul(
      tf.sum(tf.mul(tf.logSoftmax(x!, -1), tf.neg(oneHot(classes!, count))), -1, true),
      tf.expandDims(w!, -1),
    ),
  'tf.losses.softmaxCrossEntropy of rows in a list': ({ x, classes }, count) =>
    tf.losses.softmaxCrossEntropy(
      tf.reshape(tf.cast(tf.oneHot(classes!, count), 'float32'), [-1, count]),
      tf.reshape(x!, [-1, count]),
    ),
  'tf.losses.softmaxCrossEntropy with weights': ({ x, classes, w }, count) =>
    tf.losses.softmaxCrossEntropy(oneHot(classes!, count), x!, w!),
}

const SHAPES: readonly (readonly number[])[] = [
  [4, 5, 7],
  [1, 2],
  [3, 300],
]

for (const [name, lossOf] of Object.entries(WAYS)) {
  for (const shape of SHAPES) {
    test(`${name}: [${shape}]`, async () => {
      const count = shape.at(-1)!
      const rows = shape.slice(0, -1)
      const many = rows.reduce((all, each) => all * each, 1)
      // The first has none of the classes, as a place that does not count.
      const values = Array.from({ length: many }, (_, at) => (at * 5 + count - 1) % count)
      if (many > 1) values[0] = -1
      if (many > 2) values[1] = count
      const inputs = {
        x: { shape, range: [-30, 30] },
        classes: { shape: rows, dtype: 'int32', values },
        w: { shape: rows, range: [0.5, 2] },
      } as const
      const program = (given: Given) => {
        const of = (x: tf.Tensor) => tf.sum(lossOf({ ...given, x }, count)) as tf.Scalar
        const { value, grad } = tf.valueAndGrad(of)(given.x!)
        return { value, grad }
      }
      const { graph } = await checkPass(program, inputs, pass)
      const ops = graph.nodes.map(({ op }) => op)
      for (const op of ['LogSoftmax', 'OwnClassGradient']) assert.ok(ops.includes(op), ops.join())
      for (const op of ['OneHot', 'Sub', 'Max']) assert.not(ops.includes(op), ops.join())
    })
  }
}

test('infinite logits and NaN', async () => {
  const [row, next] = [
    [1, -Infinity, 2, 0.5],
    [200, -200, 0, 1],
  ]
  const values = [...row!, ...next!, Number.NaN, 1, 2, 3, Infinity, 1, 2, 3]
  const inputs = {
    x: { shape: [4, 4], values },
    classes: { shape: [4], dtype: 'int32', values: [2, 1, 2, 1] },
  } as const
  const program = ({ x, classes }: Given) => ({
    grad: tf.grad((x: tf.Tensor) => tf.sum(tf.mul(oneHot(classes!, 4), tf.logSoftmax(x, -1))))(x!),
  })
  const { graph } = await checkPass(program, inputs, pass)
  assert.ok(graph.nodes.some(({ op }) => op === 'OwnClassGradient'))
})

test('in a step of training a class whose logit is minus infinity leaves the loss of others what it is', async () => {
  const program = ({ x, classes }: Given) =>
    tf.valueAndGrad((x: tf.Tensor) =>
      tf.neg(tf.sum(tf.sum(tf.mul(oneHot(classes!, 3), tf.logSoftmax(x, -1)), -1))),
    )(x!)
  const graph = capture(program as never, {
    inputs: { x: { shape: [1, 3], dtype: 'float32' }, classes: { shape: [1], dtype: 'int32' } },
  })
  const compiled = await compile(graph, { target: await cpuTarget(), trains: true })
  const x = Float32Array.of(0, -Infinity, Math.log(3))
  const { value, grad } = await compiled.run({ x, classes: Int32Array.of(2) })
  await compiled.dispose()
  const got = [...(value as Float32Array), ...(grad as Float32Array)]
  for (const [at, wanted] of [Math.log(4 / 3), 0.25, 0, -0.25].entries())
    assert.ok(Math.abs(got[at]! - wanted) < 1e-6, got.join())
})

test('labels that are no one-hot rows keep their product', async () => {
  const inputs = { x: { shape: [3, 5] }, labels: { shape: [3, 5], range: [0, 1] } } as const
  const program = ({ x, labels }: Given) =>
    tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.mul(labels!, tf.logSoftmax(x, -1))))(x!)
  const { graph } = await checkPass(program, inputs, pass)
  const ops = graph.nodes.map(({ op }) => op)
  assert.ok(ops.includes('LogSoftmax'), ops.join())
  assert.not(ops.some((op) => op.startsWith('OwnClass')))
})

test('what is shifted by something else than the largest is no logarithm of a softmax', async () => {
  const inputs = { x: { shape: [3, 5] }, by: { shape: [3, 1] } } as const
  const program = ({ x, by }: Given) => {
    const shifted = tf.sub(x!, by!)
    return { y: tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true))) }
  }
  const { graph } = await checkPass(program, inputs, pass)
  assert.not(graph.nodes.some(({ op }) => op === 'LogSoftmax'))
})

test('over another axis it stays as it is', async () => {
  const inputs = { x: { shape: [3, 5] } } as const
  const program = ({ x }: Given) => {
    const shifted = tf.sub(x!, tf.max(x!, 0, true))
    return { y: tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 0, true))) }
  }
  const { graph } = await checkPass(program, inputs, pass)
  assert.not(graph.nodes.some(({ op }) => op === 'LogSoftmax'))
})

test.run()
