import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkProgram, kernelsOf } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('gradient of a batch norm in training')

/** All gradients of a batch norm over the moments of its own input. */
function gradients({ x, scale, offset, weight }: Record<string, tf.Tensor>) {
  const loss = (...[image, slope, shift]: tf.Tensor[]) => {
    const axes = image!.shape.slice(0, -1).map((_, axis) => axis)
    const { mean, variance } = tf.moments(image!, axes)
    const normal = tf.batchNorm(
      image!,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      shift as never,
      slope as never,
      1e-3,
    )
    return normal.mul(weight!).sum()
  }
  const [dx, dscale, doffset] = tf.grads(loss)([x!, scale!, offset!])
  return { dx: dx!, dscale: dscale!, doffset: doffset! }
}

for (const shape of [
  [2, 4, 5, 16],
  [6, 3],
  [2, 3, 3, 5],
]) {
  const channels = [shape.at(-1)!]
  test(`is the closed form for [${shape}]`, async () => {
    const inputs = {
      x: { shape },
      scale: { shape: channels, range: [0.5, 2] as const },
      offset: { shape: channels },
      weight: { shape },
    }
    await checkProgram(gradients, inputs, 1e-4)
    const kernels = kernelsOf(gradients, inputs)
    assert.ok(kernels.includes('FusedBatchNormGrad'), kernels.join())
  })
}

test('is the closed form where images lie in blocks of channels, off centre', async () => {
  const inputs = {
    image: { shape: [4, 6, 5, 16] },
    filter: { shape: [3, 3, 16, 32] },
    scale: { shape: [32], range: [0.5, 2] as const },
    offset: { shape: [32] },
    weight: { shape: [4, 6, 5, 32] },
  }
  const program = ({ image, filter, ...given }: Record<string, tf.Tensor>) => {
    const x = tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same').add(20)
    return gradients({ ...given, x })
  }
  await checkProgram(program, inputs, 1e-3)
})

test("is tfjs's own where mean and variance come from elsewhere", async () => {
  const program = ({ x, mean, variance }: Record<string, tf.Tensor>) => {
    const loss = (...[a, b, c]: tf.Tensor[]) => {
      const [shift, slope] = [tf.zeros([4]), tf.ones([4])] as [tf.Tensor1D, tf.Tensor1D]
      return tf.batchNorm(a!, b as tf.Tensor1D, c as tf.Tensor1D, shift, slope).square()
    }
    const found = tf.grads(loss)([x!, mean!, variance!])
    return { dx: found[0]!, dmean: found[1]!, dvariance: found[2]! }
  }
  const inputs = {
    x: { shape: [3, 4] },
    mean: { shape: [4] },
    variance: { shape: [4], range: [0.5, 2] as const },
  }
  await checkProgram(program, inputs, 1e-4)
  assert.not(kernelsOf(program, inputs).includes('FusedBatchNormGrad'))
})

test('can be differentiated again: a penalty on the derivative by the images', async () => {
  const program = ({ x, filter, scale, offset }: Record<string, tf.Tensor>) => {
    const network = (...[image, weights, slope, shift]: tf.Tensor[]) => {
      const y = tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, 1, 'same')
      const { mean, variance } = tf.moments(y, [0, 1, 2])
      const statistics = [mean, variance] as tf.Tensor1D[]
      const normal = tf.batchNorm(
        y,
        statistics[0]!,
        statistics[1]!,
        shift as tf.Tensor1D,
        slope as tf.Tensor1D,
        1e-3,
      )
      return tf.sum(tf.square(tf.sigmoid(normal)))
    }
    const penalty = (...given: tf.Tensor[]) => {
      const slopes = tf.grad((image) => network(image, ...given))(x!)
      const norms = tf.sqrt(tf.sum(tf.square(slopes), [1, 2, 3]))
      return tf.mean(tf.square(tf.sub(norms, 1)))
    }
    const { value, grads } = tf.valueAndGrads(penalty as never)([filter!, scale!, offset!])
    return { value, ...Object.fromEntries(grads.entries()) }
  }
  const inputs = {
    x: { shape: [4, 6, 5, 8] },
    filter: { shape: [3, 3, 8, 8], range: [-0.3, 0.3] as const },
    scale: { shape: [8], range: [0.5, 2] as const },
    offset: { shape: [8] },
  }
  await checkProgram(program, inputs, 1e-3)
})

test.run()
