import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import type { Origin } from '../../../src/ir/graph.ts'
import type { KernelExample } from '../../../src/ops/declaration.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import { cpuTarget } from '../../../src/run/cpu-target.ts'
import { checkProgram } from '../../support/check-program.ts'
import { captureExample } from '../../support/kernel-example.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('a convolution of few channels before a max pooling')

type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

interface Stem {
  readonly strides?: number
  readonly pad?: 'same' | 'valid'
  readonly pool?: number
  readonly poolStrides?: number
  readonly poolPad?: 'same' | 'valid'
  readonly activate?: (x: tf.Tensor) => tf.Tensor
}

const target = await cpuTarget()

/** What the pooling gives, and the derivatives by filter and bias. */
function stem({ strides = 1, pad = 'same', pool = 2, ...rest }: Stem): TensorProgram {
  const { poolStrides = pool, poolPad = 'valid', activate = (x) => x.relu() } = rest
  return ({ image, filter, bias }) => {
    let pooled: tf.Tensor | undefined
    const loss = (...[kernel, shift]: tf.Tensor[]) => {
      const y = tf.fused.conv2d({
        x: image as tf.Tensor4D,
        filter: kernel as tf.Tensor4D,
        strides,
        pad,
        ...(shift && { bias: shift }),
      })
      const x = activate(y)
      pooled = tf.keep(tf.maxPool(x as tf.Tensor4D, pool, poolStrides, poolPad))
      return pooled.square().sum()
    }
    const [dfilter, dbias] = tf.grads(loss)(bias === undefined ? [filter!] : [filter!, bias])
    return { pooled: pooled!, dfilter: dfilter!, ...(dbias && { dbias }) }
  }
}

function inputs(image: readonly number[], filter: readonly number[]): KernelExample['inputs'] {
  return {
    image: { shape: image, range: [0, 1] },
    filter: { shape: filter },
    bias: { shape: [filter.at(-1)!] },
  }
}

const usesTaps = (program: TensorProgram, given: KernelExample['inputs']): boolean =>
  optimize(captureExample(program, given), target).nodes.some(
    ({ origin }) => origin?.node.op === 'RunningMax',
  )

const some = oneIn(6, { test, slow })
for (const [name, options, image, filter] of [
  ['windows side by side', {}, [2, 8, 8, 1], [3, 3, 1, 16]],
  ['pixels left over', { pool: 3 }, [2, 10, 11, 1], [5, 5, 1, 32]],
  ['gaps between windows', { pool: 2, poolStrides: 3 }, [2, 9, 9, 1], [3, 3, 1, 16]],
  ['several channels', {}, [2, 6, 6, 3], [3, 3, 3, 16]],
  ['a strided convolution', { strides: 2 }, [2, 12, 12, 2], [3, 3, 2, 16]],
  ['a valid convolution', { pad: 'valid' }, [2, 10, 10, 1], [3, 3, 1, 16]],
  ['no activation', { activate: (x: tf.Tensor) => x }, [2, 8, 8, 1], [3, 3, 1, 16]],
] as const) {
  some(`has the gradients of the plain graph: ${name}`, async () => {
    const given = inputs(image, filter)
    assert.is(usesTaps(stem(options), given), target.block > 0)
    await checkProgram(stem(options), given, 1e-4)
  })
}

test('needs no bias', async () => {
  const { bias: _, ...given } = inputs([2, 8, 8, 1], [3, 3, 1, 16])
  await checkProgram(stem({}), given, 1e-4)
  await checkProgram(stem({ activate: (x) => x }), given, 1e-4)
})

slow('takes a bias that is added by a kernel of its own', async () => {
  const given = inputs([2, 8, 8, 1], [3, 3, 1, 16])
  const program: TensorProgram = ({ image, filter, bias }) => {
    const loss = (...[kernel, shift]: tf.Tensor[]) => {
      const y = tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
      return tf
        .maxPool(y.add(shift!).relu() as tf.Tensor4D, 2, 2, 'valid')
        .square()
        .sum()
    }
    const [dfilter, dbias] = tf.grads(loss)([filter!, bias!])
    return { dfilter: dfilter!, dbias: dbias! }
  }
  assert.is(usesTaps(program, given), target.block > 0)
  await checkProgram(program, given, 1e-4)
})

slow('goes over a large batch in parts', async () => {
  const given = inputs([48, 32, 32, 1], [3, 3, 1, 32])
  const { nodes } = optimize(captureExample(stem({}), given), target)
  const isPooling = (origin: Origin | undefined) => origin?.node.op === 'RunningMax'
  const poolings = nodes.filter(({ op, origin }) => op === 'MaxPool' && isPooling(origin))
  assert.is(poolings.length, target.block > 0 ? 3 : 0)
  await checkProgram(stem({}), given, 2e-4)
})

test('gives the gradient to the first of equal pixels', async () => {
  // An image of one colour: the windows inside of it are all equal.
  const given = inputs([1, 8, 8, 1], [3, 3, 1, 16])
  const plain = { shape: [1, 8, 8, 1], range: [0.5, 0.5] } as const
  await checkProgram(stem({}), { ...given, image: plain }, 1e-4)
})

test('goes with a batch norm between the two, whose gradient goes through the windows', async () => {
  const program: TensorProgram = ({ image, filter, scale, offset }) => {
    const loss = (...[kernel, slope, shift]: tf.Tensor[]) => {
      const y = tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
      const { mean, variance } = tf.moments(y, [0, 1, 2])
      const vectors = [mean, variance, shift, slope] as [tf.Tensor1D, tf.Tensor1D, never, never]
      const normal = tf.batchNorm(y, ...vectors, 1e-3).relu() as tf.Tensor4D
      return tf.maxPool(normal, 3, 3, 'valid').square().sum()
    }
    const [dfilter, dscale, doffset] = tf.grads(loss)([filter!, scale!, offset!])
    return { dfilter: dfilter!, dscale: dscale!, doffset: doffset! }
  }
  const given = {
    image: { shape: [2, 10, 10, 1] },
    filter: { shape: [5, 5, 1, 16] },
    scale: { shape: [16], range: [0.5, 2] },
    offset: { shape: [16] },
  } as const
  assert.is(usesTaps(program, given), target.block > 0)
  await checkProgram(program, given, 5e-4)
})

for (const [name, options, image, filter] of [
  ['windows overlap', { pool: 3, poolStrides: 2 }, [2, 9, 9, 1], [3, 3, 1, 16]],
  ['windows reach over the edge', { pool: 3, poolPad: 'same' }, [2, 8, 8, 1], [3, 3, 1, 16]],
  ['channels do not fill blocks', {}, [2, 8, 8, 1], [3, 3, 1, 12]],
  ['there are many channels', {}, [2, 8, 8, 16], [3, 3, 16, 16]],
  ['it would be several times the arithmetic', { pool: 4 }, [2, 8, 8, 1], [3, 3, 1, 16]],
  [
    'something else stands between',
    { activate: (x: tf.Tensor) => x.tanh() },
    [2, 8, 8, 1],
    [3, 3, 1, 16],
  ],
] as const) {
  test(`stays as it is where ${name}`, () => {
    assert.not(usesTaps(stem(options), inputs(image, filter)))
  })
}

test('stays as it is where the gradient of all pixels is read by something else', async () => {
  const given = { image: { shape: [2, 16, 16, 1] }, filter: { shape: [3, 3, 1, 16] } }
  const spread = ({ image, filter }: Record<string, tf.Tensor>) => {
    const y = tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
    return tf.grad((x: tf.Tensor) =>
      tf
        .maxPool(x as tf.Tensor4D, 2, 2, 'valid')
        .square()
        .sum(),
    )(y)
  }
  const byFilter = (x: tf.Tensor, dy: tf.Tensor, filterShape: readonly number[]) =>
    tf
      .engine()
      .runKernel(
        'Conv2DBackpropFilter',
        { x, dy },
        { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', filterShape: [...filterShape] },
      ) as tf.Tensor
  // As many columns as channels.
  const columns: TensorProgram = (all) => {
    const dy = spread(all)
    return { g: byFilter(all.image!, dy, [3, 3, 1, 16]), sum: dy.sum([0, 1, 3]) }
  }
  const other: TensorProgram = (all) => ({ g: byFilter(all.image!, spread(all), [5, 5, 1, 16]) })
  for (const program of [columns, other]) {
    assert.not(usesTaps(program, given))
    await checkProgram(program, given, 1e-4)
  }
})

test('stays as it is where the image needs a gradient or the pixels are read elsewhere', () => {
  const given = inputs([2, 8, 8, 1], [3, 3, 1, 16])
  const conv = (image: tf.Tensor, filter: tf.Tensor) =>
    tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same').relu() as tf.Tensor4D
  const byImage: TensorProgram = ({ image, filter }) => {
    const loss = (...[x, kernel]: tf.Tensor[]) =>
      tf.maxPool(conv(x!, kernel!), 2, 2, 'valid').square().sum()
    const [dimage, dfilter] = tf.grads(loss)([image!, filter!])
    return { dimage: dimage!, dfilter: dfilter! }
  }
  assert.not(usesTaps(byImage, given))
  const elsewhere: TensorProgram = ({ image, filter }) => {
    const loss = (kernel: tf.Tensor) => {
      const x = conv(image!, kernel)
      return tf.maxPool(x, 2, 2, 'valid').square().sum().add(x.sum())
    }
    return { dfilter: tf.grad(loss)(filter!) }
  }
  assert.not(usesTaps(elsewhere, given))
})

test.run()
