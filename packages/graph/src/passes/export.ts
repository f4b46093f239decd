import { type Graph, graphTree } from '../ir/index.ts'
import { portableTarget } from '../lower/target.ts'
import { simplifyAlgebra } from './algebra.ts'
import { turnChannelsLast } from './channels-last.ts'
import { mergeCommonSubexpressions } from './common-subexpressions.ts'
import { splitComplex } from './complex-parts.ts'
import { removeDeadCode } from './dead-code.ts'
import { everywhere } from './everywhere.ts'
import { foldAffine } from './fold-affine.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { foldConstants } from './fold-constants.ts'
import { mergeGroupConvolutions } from './group-convolutions.ts'
import { collectLoopRows } from './loop-rows.ts'
import { lower } from './lowering/lower.ts'
import { separateOutputs } from './outputs.ts'
import { sinkReshapes } from './sink-reshapes.ts'
import { simplifySubgraphInputs } from './subgraph-inputs.ts'
import { turnFlattenedWeights } from './transpose-before-gemm.ts'

/** What the passes of a file do. */
export interface ExportPassOptions {
  /**
   * Whether scales, offsets and batch norms become part of the weights before them, and what computes nothing at the numbers at hand is left out; true by default. A file that is to be
   * trained on keeps them: a bias of zeros is one that will not stay so, and two weights that are equal now are still two.
   */
  readonly fold?: boolean | undefined
}

/** The passes of a file for others, in their order: standard ONNX, as few nodes as it takes. Returns a new graph. */
export async function optimizeForExport(
  graph: Graph,
  opset: number,
  { fold = true }: ExportPassOptions = {},
): Promise<Graph> {
  removeDeadCode(graph)
  everywhere(graph, turnChannelsLast, splitComplex)
  if (fold) everywhere(graph, simplifyAlgebra)
  simplifySubgraphInputs(graph)
  everywhere(graph, collectLoopRows)
  if (fold) everywhere(graph, mergeCommonSubexpressions, foldAffine, foldBatchNorm)
  removeDeadCode(graph)
  if (fold) everywhere(graph, foldAffine)
  removeDeadCode(graph)
  const lowered = lower(graph, portableTarget(opset))
  if (fold) everywhere(lowered, mergeCommonSubexpressions)
  removeDeadCode(lowered)
  for (const each of graphTree(lowered)) await foldConstants(each, opset)
  everywhere(lowered, turnFlattenedWeights, sinkReshapes)
  removeDeadCode(lowered)
  for (const each of graphTree(lowered)) await foldConstants(each, opset)
  everywhere(lowered, mergeGroupConvolutions)
  removeDeadCode(lowered)
  everywhere(lowered, separateOutputs)
  return lowered
}
