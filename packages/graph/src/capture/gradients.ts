import { listKernels } from '../ops/registry.ts'
import { exchangeGradient, gradientConfig } from '../tfjs/declared-gradients.ts'
import { useClosedBatchNorm } from './batch-norm-gradient.ts'

/** Gives kernels the gradients that only hold while a program is captured; returns the way back. */
export function useCaptureGradients(): () => void {
  const restores = [
    ...listKernels().flatMap(({ kernel, gradient }) =>
      gradient?.onlyCaptured
        ? [exchangeGradient(kernel, gradientConfig(kernel, gradient as never))]
        : [],
    ),
    useClosedBatchNorm(),
  ]
  return () => {
    for (const restore of restores.reverse()) restore()
  }
}
