import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import type { TypedArray } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from './close-to.ts'
import { captureExample, runCaptured, tensorsOf } from './kernel-example.ts'

/**
 * Runs a program on tfjs's CPU backend and, captured, on onnxruntime, in the portable forms and in those for the CPU; all must agree.
 */
export async function checkProgram(
  program: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: KernelExample['inputs'],
  tolerance = 1e-5,
): Promise<void> {
  const expected = tf.tidy(() => program(tensorsOf(inputs)))
  for (const target of [portableTarget(), await cpuTarget()]) {
    const { results, graph } = await runCaptured(program, inputs, target)
    for (const [name, tensor] of Object.entries(expected)) {
      closeTo(results[name]!, tensor.dataSync() as TypedArray, tolerance)
      const { value } = graph.outputs.find((output) => output.name === name)!
      assert.equal(value.shape, tensor.shape, `shape of ${name}`)
      assert.is(value.dtype, tensor.dtype, `type of ${name}`)
    }
  }
  for (const tensor of Object.values(expected)) tensor.dispose()
}

/** The kernels that a program calls, in order. */
export function kernelsOf(
  program: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: KernelExample['inputs'],
): string[] {
  return captureExample(program, inputs).nodes.map(({ op }) => op)
}
