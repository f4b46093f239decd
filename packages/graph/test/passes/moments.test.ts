import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('moments as one kernel')

type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const over =
  (axes: number[]): TensorProgram =>
  ({ x }) => ({ ...tf.moments(x!, axes) })

function kernels(program: TensorProgram, shape: readonly number[]): string[] {
  const graph = capture(program, { inputs: { x: { shape, dtype: 'float32' } } })
  // As in optimize(): it looks for what these leave.
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  fuseMoments(graph)
  return graph.nodes.map(({ op }) => op)
}

for (const shape of [
  [2, 3, 3, 16],
  [5, 4],
]) {
  const axes = shape.slice(0, -1).map((_, axis) => axis)
  test(`over all axes but the last of [${shape}]`, async () => {
    assert.ok(kernels(over(axes), shape).includes('Moments'))
    await checkProgram(over(axes), { x: { shape } })
  })
}

test('not over other axes', () => {
  assert.not(kernels(over([1]), [2, 3]).includes('Moments'))
  assert.not(kernels(over([0, 1, 2]), [2, 3, 4]).includes('Moments'))
})

test('not of squares about another mean', () => {
  const program: TensorProgram = ({ x }) => ({
    mean: x!.mean(0),
    spread: x!.sub(x!.max(0)).square().mean(0),
  })
  assert.not(kernels(program, [4, 3]).includes('Moments'))
})

for (const mean of [0, 100, 2020, 100_000]) {
  test(`of numbers around ${mean} are right`, async () => {
    const shape = [16, 5, 5, 16]
    const count = shape.reduce((product, size) => product * size, 1)
    const values = Array.from({ length: count }, (_, index) =>
      Math.fround(mean + 3 * Math.sin(index * 12.9898)),
    )
    const channel = values.filter((_, index) => index % 16 === 3)
    const average = channel.reduce((sum, each) => sum + each, 0) / channel.length
    const wanted = channel.reduce((sum, each) => sum + (each - average) ** 2, 0) / channel.length
    const filter = tf.eye(16).reshape([1, 1, 16, 16]) as tf.Tensor4D
    for (const behind of [false, true]) {
      const { results } = await runCaptured(
        ({ x }) => {
          // Behind a convolution numbers lie in blocks of channels.
          const image = behind ? tf.conv2d(x as tf.Tensor4D, filter, 1, 'same') : x!
          return { variance: tf.moments(image, [0, 1, 2]).variance }
        },
        { x: { shape, values } },
        await cpuTarget(),
      )
      const got = (results.variance as Float32Array)[3]!
      assert.ok(Math.abs(got - wanted) <= 1e-4 * wanted, `expected ${wanted}, got ${got}`)
    }
  })
}

test.run()
