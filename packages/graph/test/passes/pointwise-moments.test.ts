import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { prepareToLower } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('a convolution of one pixel to many channels before a batch norm')

const inputs = {
  image: { shape: [4, 4, 4, 16] },
  filter: { shape: [1, 1, 16, 64] },
  scale: { shape: [64], range: [0.5, 2] },
  offset: { shape: [64] },
} as const

type Given = Record<string, tf.Tensor>

/** The derivatives by all inputs, and the moving averages' new values. */
const expansion = (given: Given) => derivatives(given)

function derivatives(
  { image, filter, scale, offset, residual }: Given,
  { strides = 1, without = '' } = {},
) {
  const isShifted = without !== 'offset'
  let statistics: { mean: tf.Tensor; variance: tf.Tensor } | undefined
  const loss = (...[x, kernel, shift, slope]: tf.Tensor[]) => {
    const y = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, 'same')
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    // They outlive the gradient.
    statistics = { mean: tf.keep(mean), variance: tf.keep(variance) }
    const vectors = [mean, variance, isShifted ? shift : undefined, slope]
    const normal = tf.batchNorm(y, ...(vectors as [tf.Tensor1D, tf.Tensor1D, never, never]), 1e-3)
    const result = normal.relu().square().sum()
    return residual === undefined ? result : result.add(x!.mul(residual).square().sum())
  }
  const given = [image!, filter!, scale!, ...(isShifted ? [offset!] : [])]
  const [dimage, dfilter, dscale, doffset] = tf.grads((x, kernel, slope, shift = offset!) =>
    loss(x!, kernel!, shift, slope!),
  )(given)
  const { mean, variance } = statistics!
  const results = { dimage: dimage!, dfilter: dfilter!, dscale: dscale!, mean, variance }
  return isShifted ? { ...results, doffset: doffset! } : results
}

/** Names of the kernels of a program as they are lowered. */
async function kernels(
  program: (given: Given) => Given,
  shapes: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  target = undefined as Awaited<ReturnType<typeof cpuTarget>> | undefined,
) {
  const graph = capture(program as never, {
    inputs: Object.fromEntries(
      Object.entries(shapes).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
    ) as never,
  })
  prepareToLower(graph, target ?? (await cpuTarget()))
  return new Set(graph.nodes.map(({ op }) => op))
}

test('has the derivatives of the plain graph', async () => {
  await checkProgram(expansion, inputs, 2e-4)
})

test('has them where the image has a large mean', async () => {
  await checkProgram(
    expansion,
    { ...inputs, image: { shape: [4, 4, 4, 16], range: [9, 11] } },
    2e-3,
  )
})

test('has them where the image goes around it too', async () => {
  await checkProgram(expansion, { ...inputs, residual: { shape: [4, 4, 4, 16] } }, 2e-4)
})

test('has them without an offset', async () => {
  await checkProgram((given) => derivatives(given, { without: 'offset' }), inputs, 2e-4)
})

test('has them of channels that are no whole blocks', async () => {
  const odd = {
    ...inputs,
    image: { shape: [4, 4, 4, 24] },
    filter: { shape: [1, 1, 24, 72] },
    scale: { shape: [72], range: [0.5, 2] },
    offset: { shape: [72] },
  } as const
  await checkProgram(expansion, odd, 2e-4)
})

/** Inputs that are almost the same for all channels, and a filter whose weights cancel what they have in common: some 1e-6 of what they could give is left. */
function cancelled() {
  const random = seedrandom.alea('cancelled')
  const draw = () => random() * 2 - 1
  const [pixels, from, to] = [64, 16, 64]
  const image = Array.from({ length: pixels }, () => {
    const common = 1000 * draw()
    return Array.from({ length: from }, () => common + draw())
  }).flat()
  const filter = Array.from({ length: from * to }, draw)
  for (let output = 0; output < to; output++) {
    let sum = 0
    for (let input = 0; input < from; input++) sum += filter[input * to + output]!
    for (let input = 0; input < from; input++) filter[input * to + output]! -= sum / from
  }
  return {
    ...inputs,
    image: { ...inputs.image, values: image },
    filter: { ...inputs.filter, values: filter },
  }
}

test('has them where the weights of a channel cancel what its inputs have in common', async () => {
  await checkProgram(expansion, cancelled(), 2e-2)
})

test('never makes the result itself, nor the derivative by it', async () => {
  const found = await kernels(expansion, inputs)
  assert.ok(found.has('PointwiseMoments'))
  assert.not.ok(found.has('FusedBatchNorm') || found.has('FusedBatchNormGrad'))
  assert.not.ok((await kernels(expansion, inputs, portableTarget())).has('PointwiseMoments'))
})

test('leaves strides, and few channels made of many, as they are', async () => {
  const strided = (given: Given) => derivatives(given, { strides: 2 })
  assert.not.ok((await kernels(strided, inputs)).has('PointwiseMoments'))
  const narrow = { ...inputs, filter: { shape: [1, 1, 16, 16] } }
  const vectors = { scale: { shape: [16] }, offset: { shape: [16] } }
  assert.not.ok((await kernels(expansion, { ...narrow, ...vectors })).has('PointwiseMoments'))
})

test('asks for more channels where a processor multiplies fewer numbers at once', async () => {
  const wide = {
    image: { shape: [4, 4, 4, 64] },
    filter: { shape: [1, 1, 64, 256] },
    scale: { shape: [256] },
    offset: { shape: [256] },
  }
  const cpu = await cpuTarget()
  assert.ok((await kernels(expansion, wide, { ...cpu, block: 16 })).has('PointwiseMoments'))
  assert.not.ok((await kernels(expansion, wide, { ...cpu, block: 8 })).has('PointwiseMoments'))
})

test.run()
