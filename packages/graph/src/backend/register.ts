import * as tf from '@tensorflow/tfjs'
import { listKernels } from '../ops/registry.ts'
import { registerOps } from '../ops/table.ts'
import { repairTfjs } from '../tfjs/repair.ts'
import { OnnxruntimeBackend } from './onnxruntime-backend.ts'
import type { BackendOptions } from './options.ts'
import { weightOf } from './work.ts'

/** Name of the backend, for tf.setBackend(). */
export const BACKEND = 'onnxruntime'

/**
 * Registers the tfjs backend `onnxruntime`, with all kernels that the op table lowers and all others that tfjs has in JavaScript. Importing
 * `@ashlar/graph/backend` does this with the default options; call it before tf.setBackend() for others.
 */
export function registerBackend(options: BackendOptions = {}): void {
  registerOps()
  repairTfjs()
  if (tf.findBackendFactory(BACKEND) != null) tf.removeBackend(BACKEND)
  // Priority 0: whoever imports this still chooses it by name.
  tf.registerBackend(BACKEND, () => new OnnxruntimeBackend(options), 0)
  // What is neither lowered nor in JavaScript is better left out: tfjs's own functions then find another way, as for FromPixels.
  const names = new Set([
    ...listKernels().flatMap(({ kernel, lower }) => (typeof lower === 'function' ? kernel : [])),
    ...tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
  ])
  for (const kernelName of names) {
    if (tf.getKernel(kernelName, BACKEND) != null) continue
    const weight = weightOf(kernelName)
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) =>
        (backend as OnnxruntimeBackend).call(kernelName, inputs, attrs ?? {}, weight),
    })
  }
}
