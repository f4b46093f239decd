import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findKernel, listKernels } from '../../src/ops/registry.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { callKernel, tensorsOf } from '../support/kernel-example.ts'
import { given, sweep, USUAL_REACH } from '../support/sweep.ts'

const repaired = repairTfjs()
await tf.setBackend('cpu')

const test = suite('tfjs put right')

test('says what was wrong, once for each', () => {
  const names = repaired.map(({ kernel, what }) => `${what} ${kernel}`)
  assert.is(new Set(names).size, names.length)
  for (const wanted of [
    ...['kernel AvgPoolGrad', 'kernel AvgPool3DGrad', 'kernel ResizeNearestNeighborGrad'],
    ...['kernel ResizeBilinearGrad', 'kernel Transform', 'kernel FusedBatchNorm', 'kernel Abs'],
    ...['gradient MirrorPad', 'gradient Maximum', 'gradient BatchMatMul'],
  ]) {
    assert.ok(names.includes(wanted), wanted)
  }
  for (const { how } of repaired) assert.ok(how.length > 20 && how.endsWith('.'), how)
  assert.is(repairTfjs(), repaired)
})

test('gradients that another entrance to tfjs registers later are put right again', () => {
  const right = tf.getGradient('Maximum')
  const wrong: tf.GradConfig = {
    kernelName: 'Maximum',
    gradFunc: (dy) => ({ a: () => dy as tf.Tensor }),
  }
  tf.unregisterGradient('Maximum')
  tf.registerGradient(wrong)
  assert.is(tf.getGradient('Maximum'), wrong)
  assert.is(repairTfjs(), repaired)
  assert.is(tf.getGradient('Maximum'), right)
})

for (const declaration of listKernels()) {
  const { kernel, exact } = declaration
  if (exact === undefined || tf.getKernel(kernel, 'cpu') === undefined) continue
  for (const dtype of exact.takes) {
    test(`${kernel} of ${dtype} in JavaScript is right for special and extreme numbers`, () =>
      sweep(
        declaration,
        dtype,
        async (name, inputs, attrs) => {
          const output = tf.tidy(() => callKernel(name, tensorsOf(inputs), { inputs, attrs })[0]!)
          const data = output.dataSync() as Float32Array
          output.dispose()
          return given(data, output.dtype as 'float32')
        },
        USUAL_REACH,
      ))
  }
}

test('every kernel that replaces one is exercised by an example or a sweep', () => {
  for (const { kernel, what } of repaired) {
    if (what === 'gradient') continue
    const { examples, exact, unchecked } = findKernel(kernel)!
    assert.ok(examples.length > 0 || exact !== undefined || unchecked !== undefined, kernel)
  }
})

/** How many tensors tfjs makes underneath for a sum by segment. */
function tensorsMade(segments: number): number {
  const cpu = tf.backend() as tf.KernelBackend & { makeTensorInfo(...given: unknown[]): unknown }
  const make = cpu.makeTensorInfo
  let count = 0
  cpu.makeTensorInfo = (...given) => {
    count++
    return make.apply(cpu, given)
  }
  try {
    tf.tidy(() =>
      tf.unsortedSegmentSum(tf.ones([6, 2]), tf.tensor1d([0, 1, 0, 2, 3, 1], 'int32'), segments),
    )
  } finally {
    cpu.makeTensorInfo = make
  }
  return count
}

test('the work of a sum by segment does not grow with the number of segments', () => {
  assert.is(tensorsMade(400), tensorsMade(4))
})

test('an infinite row stays in its segment, one of no segment is left out', () => {
  tf.tidy(() => {
    const x = tf.tensor2d([
      [Number.POSITIVE_INFINITY, 1],
      [2, 3],
      [Number.NaN, 5],
      [4, 6],
    ])
    const sums = tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, -1, 2], 'int32'), 3)
    assert.equal([...sums.dataSync()], [Number.POSITIVE_INFINITY, 1, 0, 0, 6, 9])
    const empty = tf.unsortedSegmentSum(tf.zeros([0, 2]), tf.tensor1d([], 'int32'), 2)
    assert.equal([...empty.dataSync()], [0, 0, 0, 0])
  })
})

test('what is right stays as it is: complex numbers', () => {
  tf.tidy(() => {
    const z = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]))
    assert.equal([...tf.real(tf.mul(z, z)).dataSync()], [-8, -12])
  })
})

test('windows over volumes that leave gaps begin where the volume does, as TensorFlow has it', () => {
  tf.tidy(() => {
    const x = tf.tensor5d([1, 2, 3, 4, 5], [1, 5, 1, 1, 1])
    const filter = tf.tensor5d([10], [1, 1, 1, 1, 1])
    const convolve = (image: tf.Tensor5D, weights: tf.Tensor5D) =>
      tf.conv3d(image, weights, [3, 1, 1], 'same')
    assert.equal([...convolve(x, filter).dataSync()], [10, 40])
    const [dx, dfilter] = tf.grads(convolve as never)([x, filter])
    assert.equal([...dx!.dataSync()], [10, 0, 0, 10, 0])
    assert.equal([...dfilter!.dataSync()], [5])
    for (const pool of [tf.maxPool3d, tf.avgPool3d] as const) {
      const pooled = (image: tf.Tensor5D) => pool(image, [1, 1, 1], [3, 1, 1], 'same')
      assert.equal([...pooled(x).dataSync()], [1, 4])
      assert.equal(
        [
          ...tf
            .grad(pooled as never)(x)
            .dataSync(),
        ],
        [1, 0, 0, 1, 0],
      )
    }
  })
})

test('image.transform does every image of a batch', () => {
  tf.tidy(() => {
    const one = tf.randomUniform([1, 4, 5, 2], 0, 1, 'float32', 3) as tf.Tensor4D
    const turn = tf.tensor2d([[1, 0.2, 0.5, 0, 1, -1, 0, 0]])
    const alone = tf.image.transform(one, turn)
    const both = tf.image.transform(tf.concat([tf.zerosLike(one), one]), turn)
    assert.equal([...both.slice([1], [1]).dataSync()], [...alone.dataSync()])
  })
})

test('batch norm on the first axis of pixels is that on the last, turned', () => {
  tf.tidy(() => {
    const x = tf.randomUniform([2, 3, 4, 5], -1, 1, 'float32', 4) as tf.Tensor4D
    const vector = (seed: number) => tf.randomUniform([3], 0.5, 1.5, 'float32', seed) as tf.Tensor1D
    const [mean, variance, offset, scale] = [1, 2, 3, 4].map(vector) as tf.Tensor1D[]
    const first = (v: tf.Tensor1D) => v.reshape([1, 3, 1, 1]) as tf.Tensor4D
    const here = tf.batchNorm(x, first(mean!), first(variance!), first(offset!), first(scale!))
    const last = tf.batchNorm(x.transpose([0, 2, 3, 1]), mean!, variance!, offset!, scale!)
    const wanted = last.transpose([0, 3, 1, 2]).dataSync()
    for (const [index, value] of here.dataSync().entries()) {
      assert.ok(Math.abs(value - wanted[index]!) < 1e-6)
    }
  })
})

test.run()
