import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { recogniseActivations } from '../../src/passes/recognise-activations.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('functions of one number, by what they give')

type Given = Record<string, tf.Tensor>

const inputs = {
  x: { shape: [5, 203], range: [-12, 12] },
  w: { shape: [5, 203], range: [-2, 2] },
} as const

const pass = (graph: Graph) => {
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  recogniseActivations(graph)
  removeDeadCode(graph)
}

const relu6 = (x: tf.Tensor) => tf.clipByValue(x, 0, 6)
const exp = (x: tf.Tensor) => tf.exp(x)

/** The same functions as people write them. */
const WAYS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'elu: tf.elu': tf.elu,
  'elu: of an alpha': (x) => tf.add(tf.relu(x), tf.mul(tf.elu(tf.minimum(x, 0)), 0.5)),
  'elu: by where': (x) => tf.where(tf.greater(x, 0), x, tf.sub(exp(tf.minimum(x, 0)), 1)),
  'elu: tf.selu': tf.selu,
  'leakyRelu: tf.leakyRelu': (x) => tf.leakyRelu(x, 0.1),
  'leakyRelu: the larger of two': (x) => tf.maximum(x, tf.mul(x, 0.1)),
  'softplus: tf.softplus': tf.softplus,
  'swish: x times sigmoid': (x) => tf.mul(x, tf.sigmoid(x)),
  'swish: the other way round': (x) => tf.mul(tf.sigmoid(x), x),
  'swish: by a quotient': (x) => tf.div(x, tf.add(1, exp(tf.neg(x)))),
  'mish: by softplus': (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  'hardSwish: of a clip by six': (x) => tf.div(tf.mul(x, relu6(tf.add(x, 3))), 6),
  'hardSwish: of a sixth': (x) => tf.mul(x, tf.mul(relu6(tf.add(x, 3)), 1 / 6)),
  'hardSwish: by tf.relu6': (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)),
  'hardSwish: by hard sigmoid': (x) => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)),
  'hardSigmoid: of a fifth': (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  'hardSigmoid: of a sixth': (x) => tf.div(relu6(tf.add(x, 3)), 6),
  'gelu: by erf': (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  'geluTanh: by tanh': (x) => {
    const inner = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x))))
    const tanh = tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), inner))
    return tf.mul(tf.mul(0.5, x), tf.add(1, tanh))
  },
  'softsign: by a quotient': (x) => tf.div(x, tf.add(1, tf.abs(x))),
}

const functionsOf = (graph: Graph, op: string) =>
  graph.nodes.filter((node) => node.op === op).map(({ attrs }) => attrs.function)

for (const [name, of] of Object.entries(WAYS)) {
  test(`${name}, and what is derived from it`, async () => {
    const program = ({ x, w }: Given) => {
      const loss = (each: tf.Tensor) => tf.sum(tf.square(tf.mul(of(each), w!)))
      const { value, grad } = tf.valueAndGrad(loss)(x!)
      return { value, grad }
    }
    const { graph } = await checkPass(program, inputs, pass, { tolerance: 2e-6 })
    const [wanted] = name.split(':')
    assert.equal(functionsOf(graph, 'Activation'), [wanted])
    assert.equal(functionsOf(graph, 'ActivationSlope'), [wanted])
    // Besides: its product with the weights, the loss, and what is derived of those.
    assert.ok(graph.nodes.length <= 12, graph.nodes.map(({ op }) => op).join())
  })
}

test('one after the other, and where the same is used twice', async () => {
  const swish = WAYS['swish: x times sigmoid']!
  const program = ({ x, w }: Given) => {
    const loss = (each: tf.Tensor) => {
      const twice = swish(swish(tf.mul(each, w!)))
      return tf.sum(tf.mul(w!, tf.add(tf.elu(twice), tf.mul(twice, each))))
    }
    return { grad: tf.grad(loss)(x!) }
  }
  const { graph } = await checkPass(program, inputs, pass, { tolerance: 1e-5 })
  assert.equal(functionsOf(graph, 'ActivationSlope').sort(), ['elu', 'swish', 'swish'])
})

test('one that nothing is derived of is one kernel as well, also where it is returned', async () => {
  const program = ({ x }: Given) => ({ y: tf.mul(x!, tf.sigmoid(x!)) })
  const { after } = await checkPass(program, inputs, pass)
  assert.equal(after, ['Activation'])
})

/** Like one that has a name, but for a little, or in some places. */
const OTHERS: Readonly<Record<string, (x: tf.Tensor, w: tf.Tensor) => tf.Tensor>> = {
  'a root and what keeps it from zero': (x) => tf.add(tf.sqrt(tf.square(x)), 1e-7),
  'x and a little more': (x) => tf.add(x, 1e-7),
  'relu, which has kernels of its own': (x) => tf.relu(x),
  'a sigmoid, which may be a lot where it is tiny': (x) => tf.sigmoid(x),
  'a gate of something else': (x, w) => tf.mul(x, tf.sigmoid(w)),
  'one of each column': (x) => tf.mul(x, tf.sigmoid(tf.slice(x, [0, 0], [1, 203]))),
  'cut off far out': (x) => tf.minimum(tf.elu(x), 100),
}

for (const [name, of] of Object.entries(OTHERS)) {
  test(`not recognised: ${name}`, async () => {
    const program = ({ x, w }: Given) => ({
      grad: tf.grad((each) => tf.mul(w!, of(each, w!)))(x!),
    })
    const { graph } = await checkPass(program, inputs, pass, { tolerance: 1e-5 })
    const found = functionsOf(graph, 'ActivationSlope')
    assert.equal(found, name.startsWith('cut off') ? ['elu'] : [])
  })
}

test('the slope of another value is none of this one', async () => {
  const program = ({ x, w }: Given) => {
    const swish = (each: tf.Tensor) => tf.mul(each, tf.sigmoid(each))
    const slope = tf.grad((each: tf.Tensor) => tf.sum(swish(each)))(w!)
    return { y: swish(x!), product: tf.mul(slope, x!) }
  }
  await checkPass(program, inputs, pass, { tolerance: 1e-5 })
})

test.run()
