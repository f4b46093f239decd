import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasReciprocals } from '../../src/lower/divisors.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('quotients as products')

const target = await cpuTarget()

type Given = Record<string, tf.Tensor>

const channels = 32

const inputs = {
  x: { shape: [2, 12, 12, channels] },
  f: { shape: [1, 1, channels, channels], range: [-0.2, 0.2] },
} as const

const convolve = (x: tf.Tensor, f: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')

const divided =
  (divisor: (d: tf.Tensor) => tf.Tensor) =>
  ({ x, f, d }: Given) => ({
    y: convolve(tf.minimum(tf.div(tf.relu(convolve(x!, f!)), divisor(d!)), 9), f!),
  })

/** Every other one of a kind that has no reciprocal of float32, or none that is finite. */
const ODD: Readonly<Record<string, number>> = {
  'tiny numbers': 1e-39,
  'the smallest number': 2 ** -149,
  zeros: 0,
  'huge numbers': 3e38,
}

const withOdd = (odd: number) =>
  Array.from({ length: channels }, (_, at) => (at % 2 === 0 ? odd : 2))

for (const [name, odd] of Object.entries(ODD)) {
  const values = withOdd(odd)

  test(`zeros of images by ${name}, that are given`, () =>
    checkProgram(
      divided((d) => d),
      { ...inputs, d: { shape: [channels], values } },
    ))

  test(`zeros of images by ${name}, that are known`, () =>
    checkProgram(
      divided(() => tf.tensor1d(values)),
      { ...inputs, d: { shape: [channels] } },
    ))
}

/** What is divided by, and whether a reciprocal does as well. */
const DIVISORS: Readonly<
  Record<string, readonly [of: (d: tf.Tensor) => tf.Tensor, suits: boolean]>
> = {
  'a root': [(d) => tf.sqrt(d), true],
  'a root, spread': [
    (d) => tf.tile(tf.reshape(tf.sqrt(d), [1, 1, 1, channels]), [1, 1, 1, 1]),
    true,
  ],
  'a deviation and a little': [(d) => tf.add(tf.exp(d), 1e-5), true],
  'what is at least a little': [(d) => tf.neg(tf.maximum(d, 1e-12)), true],
  'known numbers': [() => tf.tensor1d(withOdd(3)), true],
  'a power of e': [(d) => tf.exp(d), false],
  'a square': [(d) => tf.square(d), false],
  'a sum with next to nothing': [(d) => tf.add(d, 1e-30), false],
  'known numbers, one of them tiny': [() => tf.tensor1d(withOdd(1e-39)), false],
}

for (const [name, [of, suits]] of Object.entries(DIVISORS)) {
  test(`by ${name}: ${suits ? 'a product' : 'a quotient'}`, () => {
    const given = { ...inputs, d: { shape: [channels], range: [0.5, 2] as const } }
    const { nodes } = captureExample(divided(of), given)
    const divisor = nodes.find(({ op }) => op === 'RealDiv')!.inputs[1]!
    assert.is(hasReciprocals(divisor), suits)
    if (target.block === 0) return
    const ops = optimize(captureExample(divided(of), given), target).nodes.map(({ op }) => op)
    assert.is(ops.includes('Div'), !suits, ops.join())
  })
}

test.run()
