import type { Graph } from '../ir/index.ts'
import { lower } from '../lower/lower.ts'
import type { Target } from '../lower/target.ts'
import { simplifyAlgebra } from './algebra.ts'
import { moveBiasPastBatchNorm } from './bias-before-batch-norm.ts'
import { turnChannelsLast } from './channels-last.ts'
import { mergeCommonSubexpressions } from './common-subexpressions.ts'
import { splitComplex } from './complex-parts.ts'
import { removeDeadCode } from './dead-code.ts'
import { flattenScalarArithmetic } from './flatten-scalar-arithmetic.ts'
import { fuseRelu } from './fuse-relu.ts'
import { fuseMoments } from './moments.ts'
import { separateOutputs } from './outputs.ts'
import { maskPooledGradient } from './relu-before-max-pool.ts'
import { stepOfRelu } from './step-of-relu.ts'
import { arrangeUpdates, type StateArranger } from './update-views.ts'
import { dropUselessBiasGradients } from './useless-bias-gradient.ts'
import { useWindowMoments } from './window-moments.ts'

/**
 * All passes in their order, before and after the lowering. Returns a new graph of ONNX nodes.
 *
 * @param store the memory of the program's variables, where updates may be arranged in it.
 */
export function optimize(graph: Graph, target: Target, store?: StateArranger): Graph {
  removeDeadCode(graph)
  splitComplex(graph)
  turnChannelsLast(graph)
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  if (!target.portable) fuseMoments(graph)
  removeDeadCode(graph)
  stepOfRelu(graph)
  maskPooledGradient(graph)
  moveBiasPastBatchNorm(graph)
  dropUselessBiasGradients(graph)
  simplifyAlgebra(graph)
  removeDeadCode(graph)
  if (!target.portable) useWindowMoments(graph)
  const lowered = lower(graph, target)
  mergeCommonSubexpressions(lowered)
  removeDeadCode(lowered)
  fuseRelu(lowered)
  if (!target.portable) flattenScalarArithmetic(lowered)
  if (store !== undefined) arrangeUpdates(lowered, store)
  removeDeadCode(lowered)
  separateOutputs(lowered)
  return lowered
}
