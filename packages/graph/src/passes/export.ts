import type { Graph } from '../ir/index.ts'
import { lower } from '../lower/lower.ts'
import { portableTarget } from '../lower/target.ts'
import { simplifyAlgebra } from './algebra.ts'
import { turnChannelsLast } from './channels-last.ts'
import { mergeCommonSubexpressions } from './common-subexpressions.ts'
import { splitComplex } from './complex-parts.ts'
import { removeDeadCode } from './dead-code.ts'
import { foldAffine } from './fold-affine.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { foldConstants } from './fold-constants.ts'
import { separateOutputs } from './outputs.ts'
import { turnFlattenedWeights } from './transpose-before-gemm.ts'

/** The passes of a file for others, in their order: standard ONNX, as few nodes as it takes. Returns a new graph. */
export async function optimizeForExport(graph: Graph, opset: number): Promise<Graph> {
  removeDeadCode(graph)
  turnChannelsLast(graph)
  splitComplex(graph)
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  foldAffine(graph)
  foldBatchNorm(graph)
  removeDeadCode(graph)
  foldAffine(graph)
  removeDeadCode(graph)
  const lowered = lower(graph, portableTarget(opset))
  mergeCommonSubexpressions(lowered)
  removeDeadCode(lowered)
  await foldConstants(lowered, opset)
  turnFlattenedWeights(lowered)
  removeDeadCode(lowered)
  await foldConstants(lowered, opset)
  removeDeadCode(lowered)
  separateOutputs(lowered)
  return lowered
}
