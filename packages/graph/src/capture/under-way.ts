import type { Tensor } from '@tensorflow/tfjs'
import type { Value } from '../ir/index.ts'
import { activeRecorder } from './backend.ts'
import { isCapturing } from './host.ts'

/** Number of kernels that the capture under way has recorded until now: the place in its graph of the next one. 0 outside a capture. */
export function capturedKernels(): number {
  return isCapturing() ? activeRecorder()!.graph.nodes.length : 0
}

/** What a tensor is in the graph of the capture under way; undefined for one from outside of it. */
export function capturedValue(tensor: Tensor): Value | undefined {
  const recorder = isCapturing() ? activeRecorder() : undefined
  return recorder?.has(tensor.dataId) ? recorder.valueOf(tensor) : undefined
}
