import type { Graph } from '../ir/index.ts'
import type { ChooseForm } from '../lower/forms.ts'
import type { Target } from '../lower/target.ts'
import { addLargeBiases } from './add-large-biases.ts'
import { simplifyAlgebra } from './algebra.ts'
import { betweenByHardSigmoid } from './between-by-hard-sigmoid.ts'
import { moveBiasPastBatchNorm } from './bias-before-batch-norm.ts'
import { castBeforeSplit } from './cast-before-split.ts'
import { chainSizes, runChainsInCache } from './chains-in-cache.ts'
import { groupsAsChannels } from './channel-groups.ts'
import { turnChannelsLast } from './channels-last.ts'
import { mergeCommonSubexpressions } from './common-subexpressions.ts'
import { splitComplex } from './complex-parts.ts'
import { countPooledRows } from './count-pooled-rows.ts'
import { removeDeadCode } from './dead-code.ts'
import { everywhere } from './everywhere.ts'
import { flattenScalarArithmetic } from './flatten-scalar-arithmetic.ts'
import { foldBiases } from './fold-affine.ts'
import { scaleFilters } from './fold-batch-norm.ts'
import { fuseActivations } from './fuse-activation.ts'
import { fuseSums } from './fuse-sum.ts'
import { gatherBeforeCast } from './gather-before-cast.ts'
import { inputGradientsFirst } from './input-gradients-first.ts'
import { joinNarrowGroups } from './join-narrow-groups.ts'
import { joinSumsOfProducts } from './join-sums-of-products.ts'
import { markKnownSegments } from './known-segments.ts'
import { leaveScaleToConvolutions } from './leave-scale-to-convolutions.ts'
import { collectLoopRows } from './loop-rows.ts'
import { lower } from './lowering/lower.ts'
import { fuseMoments } from './moments.ts'
import { orderChannels } from './order-channels.ts'
import { separateOutputs } from './outputs.ts'
import { partScans } from './part-scans.ts'
import { pickOwnClasses } from './pick-own-classes.ts'
import { usePointwiseMoments } from './pointwise-moments.ts'
import { usePoolTaps } from './pool-taps/pool-taps.ts'
import { computePreluByParts } from './prelu-by-parts.ts'
import { isTrainingStep, type Purpose } from './purpose.ts'
import { quickGates } from './quick-gates.ts'
import { joinRandomKeys } from './random-keys.ts'
import { drawMasks } from './random-masks.ts'
import { recogniseActivations } from './recognise-activations.ts'
import { scaleInProducts } from './scale-in-products.ts'
import { shiftByHardSigmoid } from './shift-by-hard-sigmoid.ts'
import { lengthenRows } from './short-rows.ts'
import { sinkImageReshapes } from './sink-image-reshapes.ts'
import { slopeAfterPool } from './slope-after-pool.ts'
import { splitInSteps } from './split-in-steps.ts'
import { stepByHardSigmoid } from './step-by-hard-sigmoid.ts'
import { stepOfRelu } from './step-of-relu.ts'
import { simplifySubgraphInputs } from './subgraph-inputs.ts'
import { tightenScans } from './tighten-scans.ts'
import { turnScans } from './turn-scans.ts'
import { updateUsedRows } from './update-used-rows.ts'
import { arrangeUpdates, type StateArranger } from './update-views.ts'
import { dropUselessBiasGradients } from './useless-bias-gradient.ts'
import { volumesAsImages } from './volumes/volumes-as-images.ts'
import { fillBlocks } from './whole-blocks.ts'
import { useWindowMoments } from './window-moments.ts'

/**
 * All passes in their order, before and after the lowering. Returns a new graph of ONNX nodes.
 */
export function optimize(graph: Graph, target: Target, options: OptimizeOptions = {}): Graph {
  const { choose } = options
  prepareToLower(graph, target, options)
  const lowered = lower(graph, target, { choose, trains: options.trains })
  return finishLowered(lowered, target, options)
}

/** What the passes may make use of. */
export interface OptimizeOptions extends Purpose {
  /** The memory of the program's variables, where updates may be arranged in it. */
  readonly store?: StateArranger | undefined
  /** Decides where several forms of a kernel fit; by default by rules of thumb. */
  readonly choose?: ChooseForm | undefined
}

/** The passes before the lowering, on captured kernels. */
export function prepareToLower(
  graph: Graph,
  target: Target,
  options: Omit<OptimizeOptions, 'choose'> = {},
): void {
  const { store } = options
  removeDeadCode(graph)
  everywhere(graph, splitComplex, turnChannelsLast, simplifyAlgebra)
  simplifySubgraphInputs(graph)
  everywhere(graph, collectLoopRows, mergeCommonSubexpressions)
  removeDeadCode(graph)
  if (!target.portable) everywhere(graph, turnScans)
  everywhere(graph, partScans, simplifyAlgebra, mergeCommonSubexpressions)
  removeDeadCode(graph)
  joinSumsOfProducts(graph)
  castBeforeSplit(graph)
  gatherBeforeCast(graph)
  if (!target.portable) {
    groupsAsChannels(graph)
    orderChannels(graph)
    fuseMoments(graph)
    if (target.block > 0) volumesAsImages(graph, target)
    sinkImageReshapes(graph)
  }
  drawMasks(graph)
  joinRandomKeys(graph)
  foldBiases(graph)
  removeDeadCode(graph)
  if (!target.portable && isTrainingStep(graph, options)) {
    everywhere(graph, pickOwnClasses)
    recogniseActivations(graph)
    computePreluByParts(graph)
  }
  removeDeadCode(graph)
  stepOfRelu(graph)
  slopeAfterPool(graph)
  moveBiasPastBatchNorm(graph)
  dropUselessBiasGradients(graph)
  simplifyAlgebra(graph)
  removeDeadCode(graph)
  if (!target.portable) {
    useWindowMoments(graph)
    usePointwiseMoments(graph, target.block)
  }
  scaleFilters(graph)
  leaveScaleToConvolutions(graph)
  updateUsedRows(graph, { allowsOthers: store !== undefined && !target.portable })
  removeDeadCode(graph)
  markKnownSegments(graph)
  // An infinite row of one text would make NaN of all words.
  if (!target.portable && !target.strict && isTrainingStep(graph, options)) {
    countPooledRows(graph, target)
    removeDeadCode(graph)
  }
  // An infinite number of one group makes NaN of others.
  if (target.block > 0 && !target.strict && isTrainingStep(graph, options)) {
    joinNarrowGroups(graph, target.block)
    removeDeadCode(graph)
  }
  if (target.block > 0) fillBlocks(graph, target.block)
  // The taps of a pool are compared by Max, which NaN gets through.
  if (target.block > 0 && !target.strict) usePoolTaps(graph, target.block)
}

/** The passes after the lowering, on ONNX nodes. */
export function finishLowered(
  lowered: Graph,
  target: Target,
  options: Omit<OptimizeOptions, 'choose'> = {},
): Graph {
  const { store } = options
  everywhere(lowered, mergeCommonSubexpressions)
  removeDeadCode(lowered)
  everywhere(lowered, tightenScans)
  if (!target.portable) everywhere(lowered, quickGates)
  removeDeadCode(lowered)
  fuseSums(lowered)
  if (!target.portable) {
    everywhere(lowered, addLargeBiases)
    fuseActivations(lowered)
  }
  // Before what is between vectors alone: updates of all shapes are joined.
  if (store !== undefined) arrangeUpdates(lowered, store, !target.portable)
  if (!target.portable) flattenScalarArithmetic(lowered)
  removeDeadCode(lowered)
  if (!target.portable && isTrainingStep(lowered, options)) {
    shiftByHardSigmoid(lowered)
    stepByHardSigmoid(lowered)
    betweenByHardSigmoid(lowered)
    scaleInProducts(lowered)
    removeDeadCode(lowered)
    const sizes = chainSizes(target)
    runChainsInCache(lowered, sizes)
    inputGradientsFirst(lowered, sizes)
  }
  const { mostParts } = target
  if (mostParts !== undefined) everywhere(lowered, (each) => splitInSteps(each, mostParts))
  // Behind what goes through large arithmetic in rounds, whose chains products would part.
  if (!target.portable && target.strict !== true) {
    const keepsZeros = !isTrainingStep(lowered, options)
    everywhere(lowered, (each) => lengthenRows(each, { keepsZeros }))
  }
  everywhere(lowered, separateOutputs)
  return lowered
}
