import type { Declare } from '@ashlar/test-support'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { callKernel, runCaptured } from './kernel-example.ts'
import { given, type Reach, type RunKernel, sweep } from './sweep.ts'

/** A test for each kernel that says what it means, element type and target: all special numbers, run by onnxruntime, against double precision. */
export async function sweepLowerings(test: Declare, reach: Reach): Promise<void> {
  registerOps()
  const targets = { portable: portableTarget(), 'forms for the CPU': await cpuTarget() }
  for (const declaration of listKernels()) {
    const { kernel, exact, lower } = declaration
    if (exact === undefined || typeof lower !== 'function') continue
    for (const dtype of exact.takes) {
      for (const [name, target] of Object.entries(targets)) {
        test(`${kernel} of ${dtype}, ${name}`, () =>
          sweep(declaration, dtype, runOn(target), reach))
      }
    }
  }
}

function runOn(target: Target): RunKernel {
  return async (kernel, inputs, attrs) => {
    const { results, graph } = await runCaptured(
      (tensors) => ({ y: callKernel(kernel, tensors, { inputs, attrs })[0]! }),
      inputs,
      target,
    )
    return given(results.y!, graph.outputs[0]!.value.dtype)
  }
}
