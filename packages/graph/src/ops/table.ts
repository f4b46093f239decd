import { argMaxKernels } from './arg-max.ts'
import { batchNormKernels } from './batch-norm.ts'
import { binaryKernels } from './binary.ts'
import { convolutionKernels } from './convolution.ts'
import { convolutionFilterGradientKernels } from './convolution-filter-gradient.ts'
import { convolutionInputGradientKernels } from './convolution-input-gradient.ts'
import { gatherKernels } from './gather.ts'
import { matMulKernels } from './matmul.ts'
import { poolingKernels } from './pooling.ts'
import { poolingGradientKernels } from './pooling-gradients.ts'
import { reductionKernels } from './reduction.ts'
import { registerKernels } from './registry.ts'
import { shapeKernels } from './shape.ts'
import { softmaxKernels } from './softmax.ts'
import { unaryKernels } from './unary.ts'
import { windowMomentsKernels } from './window-moments.ts'

let done = false

/** Fills the op table with Ashlar's own declarations, once. This is the only list of families. */
export function registerOps(): void {
  if (done) return
  done = true
  const families = [
    unaryKernels,
    binaryKernels,
    reductionKernels,
    shapeKernels,
    gatherKernels,
    argMaxKernels,
    matMulKernels,
    softmaxKernels,
    batchNormKernels,
    windowMomentsKernels,
    convolutionKernels,
    convolutionInputGradientKernels,
    convolutionFilterGradientKernels,
    poolingKernels,
    poolingGradientKernels,
  ]
  for (const family of families) registerKernels(family)
}
