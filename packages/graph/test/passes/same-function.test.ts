import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { activationFunctions } from '../../src/ops/activation-functions.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { numberOf } from '../../src/passes/meaning.ts'
import { recogniseActivations } from '../../src/passes/recognise-activations.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('functions that are like one that has a name')

type OfOne = (x: tf.Tensor) => tf.Tensor

/** A function, and what is made of its gradient. */
interface Written {
  readonly of: OfOne
  readonly post?: OfOne
}

const inputs = { x: { shape: [7] }, w: { shape: [7] } } as const

function captured({ of, post = (gradient) => gradient }: Written): Graph {
  const program = ({ x, w }: Record<string, tf.Tensor>) => {
    const grad = tf.grad((each) => tf.mul(of(each), w!))(x!)
    return { y: of(x!), grad: post(grad) }
  }
  const graph = captureExample(program, inputs)
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  return graph
}

/** What a graph gives, in double precision, so that nothing but its meaning counts. */
function meaningOf(graph: Graph) {
  const [x, w] = ['x', 'w'].map((name) => graph.inputs.find((each) => each.name === name)!.value)
  return (output: string, place: number, factor: number) => {
    const { value } = graph.outputs.find(({ name }) => name === output)!
    return numberOf(
      value,
      new Map([
        [x!, place],
        [w!, factor],
      ]),
    )
  }
}

/** Both sides: as written, and with what was recognised in it. */
function sides(written: Written) {
  const graph = captured(written)
  recogniseActivations(graph)
  const found = graph.nodes.filter(({ op }) => op === 'Activation').map(({ attrs }) => attrs)
  return { wanted: meaningOf(captured(written)), got: meaningOf(graph), found }
}

const softplus: OfOne = tf.softplus
const hardSigmoid: OfOne = (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1)
const swish: OfOne = (x) => tf.mul(x, tf.sigmoid(x))
const leakyRelu: OfOne = (x) => tf.leakyRelu(x, 0.1)
const log =
  (of: OfOne): OfOne =>
  (x) =>
    tf.log(of(x))
const isSmall = (x: tf.Tensor, bound: number) => tf.less(tf.abs(x), bound)
const unlessNaN: OfOne = (x) => tf.where(tf.isNaN(x), tf.zerosLike(x), x)

interface Case extends Written {
  /** Where it is another function than the one that it is like. */
  readonly at: readonly number[]
  /** What the gradient is of. */
  readonly weight?: number
}

const CASES: Readonly<Record<string, Case>> = {
  'the logarithm of softplus and what keeps it from zero': {
    of: log((x) => tf.add(softplus(x), 1e-10)),
    at: [-200, -50, -20, 1],
  },
  'the logarithm of softplus within bounds': {
    of: log((x) => tf.clipByValue(softplus(x), 1e-12, 1e6)),
    at: [-200, -50, 1],
  },
  'the logarithm of a hard sigmoid and what keeps it from zero': {
    of: log((x) => tf.add(hardSigmoid(x), 1e-10)),
    at: [-4, -2, 1, 4],
  },
  'the logarithm of a hard sigmoid above a floor': {
    of: log((x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 1e-12, 1)),
    at: [-4, -2, 1, 4],
  },
  'the logarithm of what a hard sigmoid below a cap leaves of one': {
    of: log((x) => tf.sub(1, tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1 - 1e-7))),
    at: [-4, 1, 4],
  },
  'a quotient by a hard sigmoid and what keeps it from zero': {
    of: (x) => tf.div(1, tf.add(hardSigmoid(x), 1e-10)),
    at: [-10, 0.005, 30],
  },
  'a thousandth of x, and a half': {
    of: (x) => tf.add(tf.mul(x, 0.001), 0.5),
    at: [-2000, 100, 5000],
  },
  'samples of sixteen bits between zero and one': {
    of: (x) => tf.add(tf.div(x, 32768), 0.5),
    at: [-32768, 300, 32767],
  },
  'x, tiny': { of: (x) => tf.mul(x, 1e-12), at: [-20, 0.5, 3] },
  'a tiny number and x, tinier': { of: (x) => tf.add(1e-10, tf.mul(x, 1e-12)), at: [-200, 3] },
  'a ReLU, shifted a little': { of: (x) => tf.sub(tf.relu(x), 1e-10), at: [-0.5, 0.5] },
  'tanh, tiny': { of: (x) => tf.mul(tf.tanh(x), 1e-10), at: [-20, -1, 3] },
  'leaky ReLU of what is NaN nowhere': { of: (x) => leakyRelu(unlessNaN(x)), at: [Number.NaN, -2] },
  'softplus of what is NaN nowhere': { of: (x) => softplus(unlessNaN(x)), at: [Number.NaN, -2] },
  'leaky ReLU of what equals itself': {
    of: (x) => leakyRelu(tf.where(tf.equal(x, x), x, tf.zerosLike(x))),
    at: [Number.NaN, -2],
  },
  'ELU of x within a thousand': {
    of: (x) => tf.elu(tf.clipByValue(x, -1e3, 1e3)),
    at: [-1e5, -2, 3, 1e5],
  },
  'softplus up to a thousand': { of: (x) => tf.minimum(softplus(x), 1000), at: [-2, 1e5] },
  'swish within what halves of a float hold': {
    of: (x) => tf.clipByValue(swish(x), -1, 6e4),
    at: [0.005, 30, 1e5],
  },
  'swish above its dip': { of: (x) => tf.maximum(swish(x), -0.278), at: [-1.278, -1, 2] },
  'swish with a dead zone': {
    of: (x) => tf.where(isSmall(x, 0.01), tf.zerosLike(x), swish(x)),
    at: [-0.5, -0.005, 0.005, 0.5],
  },
  'swish, zero far below': {
    of: (x) => tf.where(tf.less(x, -7.5), tf.zerosLike(x), swish(x)),
    at: [-8, -7.55, -7.4, 1],
  },
  'swish with a hole, told by the number that it is about': {
    of: (x) => tf.where(isSmall(tf.sub(x, 30), 0.5), tf.zerosLike(x), swish(x)),
    at: [29, 30, 31],
  },
  'a gradient within bounds': {
    of: softplus,
    post: (gradient) => tf.clipByValue(gradient, -5, 5),
    at: [-2, 3, 50],
    weight: 100,
  },
  'a gradient within bounds, by the smaller and the larger': {
    of: leakyRelu,
    post: (gradient) => tf.maximum(tf.minimum(gradient, 5), -5),
    at: [-2, 3, 50],
    weight: -100,
  },
  'a gradient within bounds of millions': {
    of: swish,
    post: (gradient) => tf.clipByValue(gradient, -1e8, 1e8),
    at: [-2, 3],
    weight: 1e12,
  },
  'a gradient, zero where it is NaN': {
    of: leakyRelu,
    post: unlessNaN,
    at: [-2, 3],
    weight: Number.NaN,
  },
  'a gradient, zero where it is infinite': {
    of: leakyRelu,
    post: (gradient) => tf.where(tf.isFinite(gradient), gradient, tf.zerosLike(gradient)),
    at: [-2, 3],
    weight: Number.POSITIVE_INFINITY,
  },
  'a gradient, zero where it is small': {
    of: swish,
    post: (gradient) => tf.where(isSmall(gradient, 1e-4), tf.zerosLike(gradient), gradient),
    at: [-2, 3],
    weight: 1e-5,
  },
}

const isNear = (got: number, wanted: number, relative = 1e-5) =>
  Object.is(got, wanted) || Math.abs(got - wanted) <= relative * Math.abs(wanted)

for (const [name, { at, weight = 1, ...written }] of Object.entries(CASES)) {
  test(`${name}: the same numbers`, () => {
    const { wanted, got } = sides(written)
    for (const place of at) {
      for (const output of ['y', 'grad']) {
        const [each, other] = [got, wanted].map((of) => of(output, place, weight)) as [
          number,
          number,
        ]
        assert.ok(isNear(each, other), `${output} at ${place}: ${each}, not ${other}`)
      }
    }
  })
}

test('forms that overflow are recognised all the same', () => {
  for (const of of [
    (x: tf.Tensor) => tf.log(tf.add(1, tf.exp(x))),
    (x: tf.Tensor) => tf.neg(tf.log(tf.sigmoid(tf.neg(x)))),
  ]) {
    assert.equal(sides({ of }).found, [{ function: 'softplus' }])
  }
})

test('constants of seven digits are right, also close to where it is cut off', () => {
  const of = (x: tf.Tensor) => tf.mul(x, tf.clipByValue(tf.add(tf.mul(x, 0.1666667), 0.5), 0, 1))
  const names = sides({ of }).found.map((attrs) => attrs.function)
  assert.ok(names.includes('hardSwish'), names.join())
})

test('an ELU of one scale is ordinary, one of tiny or very unlike scales is none', () => {
  const { fit } = activationFunctions.elu!
  const { of } = activationFunctions.elu!
  const fitted = (alpha: number, scale: number) => fit!((x) => of(x, { alpha, scale }))
  assert.ok(fitted(0.01, 1) !== undefined && fitted(50, 10) !== undefined)
  for (const [alpha, scale] of [[1e-10, 1] as const, [1e-4, 1e-4] as const, [0.002, 900] as const])
    assert.is(fitted(alpha, scale), undefined)
})

const relu6 = (x: tf.Tensor) => tf.clipByValue(x, 0, 6)

/** Each function that has a name, once. */
const NAMED: Readonly<Record<string, OfOne>> = {
  elu: tf.elu,
  leakyRelu,
  softplus,
  swish,
  mish: (x) => tf.mul(x, tf.tanh(softplus(x))),
  hardSwish: (x) => tf.div(tf.mul(x, relu6(tf.add(x, 3))), 6),
  hardSigmoid,
  gelu: (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  geluTanh: (x) => {
    const inner = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x))))
    return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), inner))))
  },
  softsign: (x) => tf.div(x, tf.add(1, tf.abs(x))),
}

test('each function is here', () => {
  assert.equal(Object.keys(NAMED).sort(), Object.keys(activationFunctions).sort())
})

/** Ways in which a function is nearly itself, by a size that varies. */
const MISSES: Readonly<Record<string, (of: OfOne, size: number) => Written>> = {
  'something added': (of, size) => ({ of: (x) => tf.add(of(x), size) }),
  'something added to x': (of, size) => ({ of: (x) => of(tf.add(x, size)) }),
  'a floor': (of, size) => ({ of: (x) => tf.maximum(of(x), size) }),
  'a floor below zero': (of, size) => ({ of: (x) => tf.maximum(of(x), -size) }),
  'a cap': (of, size) => ({ of: (x) => tf.minimum(of(x), size) }),
  'a clip of x': (of, size) => ({ of: (x) => of(tf.clipByValue(x, -size, size)) }),
  'a dead zone': (of, size) => ({
    of: (x) => tf.where(isSmall(x, size), tf.zerosLike(x), of(x)),
  }),
  'a guard against NaN': (of, size) => ({
    of: (x) => of(tf.where(tf.isNaN(x), tf.mul(tf.onesLike(x), size), x)),
  }),
  'a factor of nearly one': (of) => ({ of: (x) => tf.mul(of(x), 1 + 1e-6) }),
  'x times nearly one': (of) => ({ of: (x) => of(tf.mul(x, 1 - 1e-6)) }),
  'a gradient that is cut off': (of, size) => ({
    of,
    post: (gradient) => tf.clipByValue(gradient, -size, size),
  }),
  'a gradient with a dead zone': (of, size) => ({
    of,
    post: (gradient) => tf.where(isSmall(gradient, size), tf.zerosLike(gradient), gradient),
  }),
}

const DIGIT = 2 ** -20

const ROUNDS = 4
const some = oneIn(ROUNDS, { test, slow })

for (const [name, of] of Object.entries(NAMED)) {
  for (let round = 0; round < ROUNDS; round++) {
    some(`${name}, seed ${round}: what is nearly it is not recognised, or gives the same`, () => {
      const random = seedrandom(`nearly ${name} ${round}`)
      /** From tiny ones to huge ones. */
      const anySize = () => 10 ** (random() * 16 - 10)
      for (const [way, miss] of Object.entries(MISSES)) {
        const size = anySize()
        const places = Array.from({ length: 24 }, () => anySize() * (random() < 0.5 ? -1 : 1))
        const about = [0.5, 0.995, 1.005, 2].flatMap((share) => [size * share, -size * share])
        const wrong = differenceOf(
          miss(of, size),
          [...places, ...about, Number.NaN].map((place) => [place, anySize()] as const),
          activationFunctions[name]!.isNeverNegative ?? false,
        )
        assert.is(wrong, undefined, `${way} of ${size}: ${wrong}`)
      }
    })
  }
}

/** Where what was recognised gives other numbers, in words. */
function differenceOf(
  written: Written,
  places: readonly (readonly [place: number, factor: number])[],
  isNeverNegative: boolean,
): string | undefined {
  const { wanted, got } = sides(written)
  for (const [place, factor] of places) {
    for (const output of ['y', 'grad']) {
      const each = got(output, place, factor)
      const other = wanted(output, place, factor)
      // A form that overflows or a slope at a NaN is nobody's; what is lost beside one is allowed to be zero.
      if (!Number.isFinite(other) || (Number.isNaN(place) && output === 'grad')) continue
      const scale = output === 'y' ? 1 : factor
      if (isNeverNegative && other === 0 && Math.abs(each) < 1e-15 * scale) continue
      const beside = wanted(output, place * (1 + DIGIT), factor)
      const absolute = isNeverNegative ? 0 : 1e-11 * scale
      const allowed = 4e-6 * Math.abs(other) + Math.abs(beside - other) + absolute
      if (Math.abs(each - other) <= allowed) continue
      return `${output} at ${place} (${factor}): ${each}, not ${other}`
    }
  }
  return undefined
}

test.run()
