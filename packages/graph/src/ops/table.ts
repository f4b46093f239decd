import { activationKernels } from './activations.ts'
import { argMaxKernels } from './arg-max.ts'
import { batchNormKernels } from './batch-norm.ts'
import { binaryKernels } from './binary.ts'
import { boundedKernels } from './bounded.ts'
import { boxKernels } from './boxes.ts'
import { complexKernels } from './complex.ts'
import { controlFlowKernels } from './control-flow.ts'
import { convolutionKernels } from './convolution.ts'
import { convolutionFilterGradientKernels } from './convolution-filter-gradient.ts'
import { convolutionInputGradientKernels } from './convolution-input-gradient.ts'
import { creationKernels } from './creation.ts'
import { cumulativeKernels } from './cumulative.ts'
import { freeSizeKernels } from './data-dependent.ts'
import { depthwiseKernels } from './depthwise.ts'
import { dilationKernels } from './dilation.ts'
import { einsumKernels } from './einsum.ts'
import { gatherKernels } from './gather.ts'
import { localResponseKernels } from './local-response.ts'
import { matMulKernels } from './matmul.ts'
import { ownClassKernels } from './own-class.ts'
import { paddingKernels } from './padding.ts'
import { planePoolKernels } from './plane-pools.ts'
import { planeKernels } from './planes.ts'
import { pointwiseMomentsKernels } from './pointwise-moments.ts'
import { poolTapKernels } from './pool-taps.ts'
import { poolingKernels } from './pooling.ts'
import { poolingGradientKernels } from './pooling-gradients.ts'
import { randomKernels } from './random.ts'
import { recurrentKernels } from './recurrent.ts'
import { reductionKernels } from './reduction.ts'
import { refusedKernels } from './refused.ts'
import { registerKernels } from './registry.ts'
import { resizeKernels } from './resize.ts'
import { samplingKernels } from './sampling.ts'
import { scatterKernels } from './scatter.ts'
import { searchKernels } from './search.ts'
import { shapeKernels } from './shape.ts'
import { slicingKernels } from './slicing.ts'
import { softmaxKernels } from './softmax.ts'
import { spaceKernels } from './space.ts'
import { stackingKernels } from './stacking.ts'
import { transformKernels } from './transform.ts'
import { unaryKernels } from './unary.ts'
import { windowMomentsKernels } from './window-moments.ts'

let done = false
/** Names of Ashlar's own kernels. */
const own = new Set<string>()

/** Fills the op table with Ashlar's own declarations, once. This is the only list of families. */
export function registerOps(): void {
  if (done) return
  done = true
  const families = [
    unaryKernels,
    boundedKernels,
    activationKernels,
    binaryKernels,
    reductionKernels,
    shapeKernels,
    slicingKernels,
    stackingKernels,
    paddingKernels,
    spaceKernels,
    creationKernels,
    cumulativeKernels,
    scatterKernels,
    randomKernels,
    gatherKernels,
    argMaxKernels,
    matMulKernels,
    ownClassKernels,
    softmaxKernels,
    batchNormKernels,
    localResponseKernels,
    windowMomentsKernels,
    pointwiseMomentsKernels,
    poolTapKernels,
    planeKernels,
    planePoolKernels,
    convolutionKernels,
    convolutionInputGradientKernels,
    convolutionFilterGradientKernels,
    depthwiseKernels,
    resizeKernels,
    einsumKernels,
    dilationKernels,
    samplingKernels,
    transformKernels,
    searchKernels,
    boxKernels,
    freeSizeKernels,
    poolingKernels,
    complexKernels,
    poolingGradientKernels,
    controlFlowKernels,
    recurrentKernels,
    refusedKernels,
  ]
  for (const family of families) {
    registerKernels(family)
    for (const { kernel } of family) own.add(kernel)
  }
}

/** Whether a kernel is Ashlar's own, and not one that somebody else has added to the table. */
export function isOwnKernel(name: string): boolean {
  return own.has(name)
}
