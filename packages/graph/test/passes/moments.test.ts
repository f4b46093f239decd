import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')

const test = suite('moments as one kernel')

type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const over =
  (axes: number[]): Program =>
  ({ x }) => ({ ...tf.moments(x!, axes) })

function kernels(program: Program, shape: readonly number[]): string[] {
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
  const program: Program = ({ x }) => ({
    mean: x!.mean(0),
    spread: x!.sub(x!.max(0)).square().mean(0),
  })
  assert.not(kernels(program, [4, 3]).includes('Moments'))
})

test.run()
