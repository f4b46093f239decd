import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'

await tf.setBackend('cpu')

const test = suite('steps of cross-entropies')

interface Given {
  readonly logits: tf.Tensor
  /** Places of the right classes. */
  readonly classes: tf.Tensor
  readonly weights: tf.Tensor
  /** The same as numbers of which one is 1. */
  readonly labels: tf.Tensor
  readonly depth: number
}

const { add, div, exp, log, logSoftmax, mean, mul, neg, square, sub, sum, softmax } = tf
const entropyOf = ({ labels, logits }: Given) => neg(sum(mul(labels, logSoftmax(logits)), -1))

const losses: Readonly<Record<string, (given: Given) => tf.Tensor>> = {
  plain: (given) => mean(entropyOf(given)),
  'the log of a softmax': ({ labels, logits }) =>
    mean(neg(sum(mul(labels, log(softmax(logits))), -1))),
  'weights of samples': (given) =>
    div(sum(mul(given.weights, entropyOf(given))), sum(given.weights)),
  'a mask of tokens': (given) => {
    const mask = tf.cast(tf.greater(given.classes, 0), 'float32')
    return div(sum(mul(mask, entropyOf(given))), add(sum(mask), 1e-6))
  },
  'label smoothing': ({ labels, logits, depth }) =>
    mean(neg(sum(mul(add(mul(labels, 0.9), 0.1 / depth), logSoftmax(logits)), -1))),
  'log-probabilities that are read elsewhere as well': (given) => {
    const logs = logSoftmax(given.logits)
    const entropy = neg(sum(mul(given.labels, logs), -1))
    return add(mean(entropy), mul(0.1, mean(sum(mul(exp(logs), logs), -1))))
  },
  focal: ({ labels, logits }) => {
    const shares = softmax(logits)
    return mean(neg(sum(mul(mul(labels, square(sub(1, shares))), log(shares)), -1)))
  },
  'a sum of all at once': ({ labels, logits }) => neg(sum(mul(labels, logSoftmax(logits)))),
  "TensorFlow.js's own": ({ labels, logits }) => tf.losses.softmaxCrossEntropy(labels, logits),
  'weights of classes': ({ labels, logits, depth }) =>
    mean(neg(sum(mul(mul(labels, tf.range(1, depth + 1)), logSoftmax(logits)), -1))),
  'shares that are clipped': ({ labels, logits }) => {
    const shares = tf.clipByValue(softmax(logits), 1e-7, 1 - 1e-7)
    return mean(neg(sum(mul(labels, log(shares)), -1)))
  },
  'a temperature': ({ labels, logits }) =>
    mean(neg(sum(mul(labels, logSoftmax(mul(logits, 2))), -1))),
}

for (const shape of [[1], [7], [2, 3], [2, 4, 5]]) {
  for (const [depth, [name, lossOf]] of [2, 5, 33].flatMap((depth) =>
    Object.entries(losses).map((each) => [depth, each] as const),
  )) {
    test(`${name}, [${shape}] of ${depth} classes: losses and weights of eager steps`, async () => {
      const variables = {
        kernel: tf.variable(tf.randomNormal([6, depth], 0, 1, 'float32', 3)),
        bias: tf.variable(tf.randomNormal([depth], 0, 1, 'float32', 4)),
      }
      const run = ({ x, classes, weights }: Record<string, tf.Tensor>) => {
        const made = tf.matMul(tf.reshape(x!, [-1, 6]), variables.kernel as tf.Tensor2D)
        // As accuracy has it, beside the loss.
        const said = tf.argMax(made, -1)
        const all = Object.values(variables)
        const { value, grads } = tf.variableGrads(() => {
          const product = tf.matMul(tf.reshape(x!, [-1, 6]), variables.kernel as tf.Tensor2D)
          const logits = add(tf.reshape(product, [...shape, depth]), variables.bias)
          const labels = tf.oneHot(classes!, depth)
          return lossOf({
            ...{ logits, labels, depth, classes: classes!, weights: weights! },
          }) as tf.Scalar
        }, all)
        for (const variable of all) {
          variable.assign(sub(variable, mul(grads[variable.name]!, 0.5)))
        }
        return { value, said }
      }
      const inputs = {
        x: { shape: [...shape, 6], dtype: 'float32' },
        classes: { shape, dtype: 'int32' },
        weights: { shape, dtype: 'float32' },
      } as const
      const state = new StateStore(variables)
      const program = await compile(capture(run, { inputs, variables }), { state, trains: true })
      const count = tf.util.sizeFromShape(shape)
      const x = Float32Array.from({ length: 6 * count }, (_, at) => 2 * Math.sin(7.3 * at + 1))
      const classes = Int32Array.from({ length: count }, (_, at) => (7 * at + 1) % depth)
      const weights = Float32Array.from({ length: count }, (_, at) => (at % 3) / 2 + 0.25)
      for (let step = 0; step < 3; step++) {
        const found = (await program.run({ x, classes, weights })).value![0] as number
        const expected = tf.tidy(() => {
          const given = {
            x: tf.tensor(x, [...shape, 6]),
            classes: tf.tensor(classes, shape, 'int32'),
            weights: tf.tensor(weights, shape),
          }
          return run(given).value.dataSync()[0]!
        })
        const said = `step ${step}: ${found} against ${expected}`
        assert.ok(Math.abs(found - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), said)
      }
      for (const [key, variable] of Object.entries(variables)) {
        const held = state.get(key) as Float32Array
        for (const [at, expected] of variable.dataSync().entries()) {
          assert.ok(Math.abs(held[at]! - expected) <= 1e-4, `${key}, ${at}`)
        }
      }
      await program.dispose()
      state.dispose()
      tf.dispose(Object.values(variables))
    })
  }
}

test.run()
