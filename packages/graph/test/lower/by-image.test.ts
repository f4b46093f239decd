import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sizeOf } from '../../src/ir/index.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { compile } from '../../src/run/compile.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

const test = suite('numbers for each channel of each sample, in blocks')

const target = await cpuTarget()

type Given = Record<string, tf.Tensor>

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

const inputs = {
  x: { shape: [2, 24, 20, 32], values: numbers(2 * 24 * 20 * 32, 1) },
  f: { shape: [3, 3, 32, 48], values: numbers(9 * 32 * 48, 2) },
  g: { shape: [48, 48], values: numbers(48 * 48, 3) },
  k: { shape: [1, 1, 48, 16], values: numbers(48 * 16, 4) },
} as const

const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

/** Squeeze and excitation between two convolutions: how a channel of a sample is used follows from its mean. */
const excited = (
  apply: (y: tf.Tensor, gate: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { f, g, k }: Given,
) => {
  const y = convolve(x, f!)
  const squeezed = tf.mean(y, [1, 2])
  const gate = tf.sigmoid(tf.matMul(squeezed as tf.Tensor2D, tf.mul(g!, 0.1) as tf.Tensor2D))
  return convolve(apply(y, tf.reshape(gate, [2, 1, 1, 48])), k!)
}

for (const [name, apply] of Object.entries({
  mul: (y, gate) => tf.mul(y, gate),
  'mul the other way round': (y, gate) => tf.mul(gate, y),
  add: (y, gate) => tf.add(y, gate),
  'add the other way round': (y, gate) => tf.add(gate, y),
  sub: (y, gate) => tf.sub(y, gate),
  'sub the other way round': (y, gate) => tf.sub(gate, y),
  div: (y, gate) => tf.div(y, gate),
  maximum: (y, gate) => tf.maximum(y, gate),
} as Record<string, Parameters<typeof excited>[0]>)) {
  test(`${name} of a number for each channel, and what it gives back`, () =>
    checkProgram(
      ({ x, f, k, v }) => {
        const loss = (each: tf.Tensor, vector: tf.Tensor) =>
          tf.mean(tf.square(convolve(apply(convolve(each, f!), vector), k!)))
        const { value, grads } = tf.valueAndGrads(loss)([x!, v!])
        return { value, dx: grads[0]!, dv: grads[1]! }
      },
      { x: inputs.x, f: inputs.f, k: inputs.k, v: { shape: [48], range: [0.5, 2] } },
      1e-4,
    ))

  test(`${name}, and what it gives back`, () =>
    checkProgram(
      ({ x, ...given }) => {
        const loss = (each: tf.Tensor) => tf.mean(tf.square(excited(apply, each, given)))
        const { value, grad } = tf.valueAndGrad(loss)(x!)
        return { value, grad }
      },
      inputs,
      1e-4,
    ))
}

test('images stay in blocks from one convolution to the next, there and back', () => {
  if (target.block === 0) return
  const program = ({ x, ...given }: Given) => ({
    grad: tf.grad((each: tf.Tensor) => tf.mean(tf.square(excited(tf.mul, each, given))))(x!),
  })
  const { nodes } = optimize(captureExample(program, inputs), target)
  const ops = nodes.map(({ op }) => op)
  const large = nodes.filter(
    ({ op, inputs: [of] }) => op === 'ReorderOutput' && of!.shape.join() === '2,48,24,20',
  )
  assert.equal(large, [])
  // Of the images, of those that the second convolution gives, and of the gradient that is returned; filters are reordered, too.
  const images = nodes.filter(
    ({ op, inputs: [of] }) =>
      op.startsWith('Reorder') && Number(sizeOf(of!.shape)) >= 2 * 24 * 20 * 16,
  )
  assert.ok(images.length <= 4, `${ops}`)
  // What a mean gives back is added as it is.
  const full = nodes.flatMap((node) => node.inputs).filter((value) => value?.fill === 1)
  assert.not.ok(full.some((value) => value!.shape.join() === '2,24,20,48'))
})

test('sums and means of images, with and without their axes, of one pixel and of more', () =>
  checkProgram(
    ({ x, f, k }) => {
      const y = convolve(x!, f!)
      const pooled = tf.maxPool(y, [24, 20], 1, 'valid')
      return {
        sum: tf.sum(y, [1, 2]),
        kept: tf.sum(y, [1, 2], true),
        mean: tf.mean(y, [2, 1]),
        negative: tf.mean(y, [-3, -2], true),
        product: tf.sum(tf.mul(y, tf.tanh(y)), [1, 2]),
        meanOfProduct: tf.mean(tf.mul(y, y), [1, 2], true),
        productToo: tf.mul(y, tf.tanh(y)),
        onePixel: tf.add(pooled, tf.mean(y, [1, 2], true)),
        rows: tf.mul(y, tf.mean(y, [1], true)),
        samples: tf.mul(y, tf.mean(y, [0, 1, 2], true)),
        narrow: tf.mul(convolve(y, k!), tf.mean(y, [1, 2, 3], true)),
      }
    },
    inputs,
    1e-4,
  ))

test('a mean of a swish that is wanted itself leaves the swish whole', async () => {
  const program = ({ x, f }: Given) => {
    const loss = (filter: tf.Tensor) => {
      const y = convolve(x!, filter)
      const swish = tf.mul(y, tf.sigmoid(y))
      return tf.sum(tf.square(tf.mul(swish, tf.mean(swish, [1, 2], true))))
    }
    return { grad: tf.grad(loss)(f!) }
  }
  const { x, f } = inputs
  await checkProgram(program, { x, f }, 1e-4)
  if (target.block === 0) return
  const graph = optimize(captureExample(program, { x, f }), target)
  const convolutions = graph.nodes.filter(
    ({ op, attrs }) => op === 'Conv' && attrs.group !== undefined,
  )
  // The derivative of the mean is a sum of products that nothing else reads.
  const read = convolutions.flatMap(({ inputs: of }) => of.map((value) => value?.node?.op))
  assert.not.ok(read.includes('Sigmoid'))
  const sigmoid = graph.nodes.find(({ op }) => op === 'Reciprocal')!.outputs[0]!
  const readers = graph.nodes.filter(({ inputs: of }) => of.includes(sigmoid)).map(({ op }) => op)
  assert.not.ok(readers.includes('Reshape'), `${readers}`)
})

/** As even as pictures of a background are: where pixels are added one after the other, the last digits are lost then. */
for (const [height, width] of [
  [16, 8],
  [64, 64],
  [112, 96],
  [131, 3],
  [256, 256],
] as const) {
  test(`sums of ${height} x ${width} equal pixels are right to the last digits`, async () => {
    const channels = 16
    const program = ({ x, f }: Given) => {
      const y = tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')
      return {
        mean: tf.mean(y, [1, 2]),
        sum: tf.sum(y, [1, 2]),
        squares: tf.mean(tf.square(y), [1, 2]),
        products: tf.sum(tf.mul(y, tf.neg(y)), [1, 2]),
      }
    }
    const graph = captureExample(program, {
      x: { shape: [1, height, width, channels] },
      f: { shape: [1, 1, channels, channels] },
    })
    const compiled = await compile(graph, { target })
    const identity = Float32Array.from({ length: channels * channels }, (_, at) =>
      Number(at % (channels + 1) === 0),
    )
    const value = Math.fround(0.7)
    const results = await compiled.run({
      x: new Float32Array(height * width * channels).fill(value),
      f: identity,
    })
    await compiled.dispose()
    const pixels = height * width
    const expected = {
      mean: value,
      sum: value * pixels,
      squares: value ** 2,
      products: -(value ** 2) * pixels,
    }
    for (const [name, number] of Object.entries(expected)) {
      for (const got of results[name]!) {
        assert.ok(Math.abs(Number(got) / number - 1) <= 5e-6, `${name}: ${got}, not ${number}`)
      }
    }
  })
}

test.run()
