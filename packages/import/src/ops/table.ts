import type { AttributeValue, OnnxNode } from '../file/graph.ts'
import { activationOperators } from './activations.ts'
import { attentionOperators } from './attention.ts'
import { boxOperators } from './boxes.ts'
import { constantOperators } from './constants.ts'
import { controlOperators } from './control.ts'
import { convolutionOperators } from './convolution.ts'
import { deformableOperators } from './deformable.ts'
import { elementwiseOperators } from './elementwise.ts'
import { groupedAttentionOperators } from './grouped-attention.ts'
import { indexingOperators } from './indexing.ts'
import { lossOperators } from './losses.ts'
import { matrixOperators } from './matrices.ts'
import { normalizationOperators } from './normalization.ts'
import type { Operator } from './operator.ts'
import { poolingOperators } from './pooling.ts'
import { quantizationOperators } from './quantization.ts'
import { randomOperators } from './random.ts'
import { recurrentOperators } from './recurrent.ts'
import { reductionOperators } from './reductions.ts'
import { resizeOperators } from './resize.ts'
import { roiOperators } from './rois.ts'
import { samplingOperators } from './sampling.ts'
import { scatteringOperators } from './scattering.ts'
import { sequenceOperators } from './sequences.ts'
import { shapeOperators } from './shapes.ts'
import { signalOperators } from './signals.ts'

/** Every ONNX operator that is known here, those that are refused included. */
export const operators: readonly Operator[] = [
  ...activationOperators,
  ...attentionOperators,
  ...boxOperators,
  ...constantOperators,
  ...controlOperators,
  ...convolutionOperators,
  ...deformableOperators,
  ...elementwiseOperators,
  ...groupedAttentionOperators,
  ...indexingOperators,
  ...lossOperators,
  ...matrixOperators,
  ...normalizationOperators,
  ...poolingOperators,
  ...quantizationOperators,
  ...randomOperators,
  ...recurrentOperators,
  ...reductionOperators,
  ...resizeOperators,
  ...roiOperators,
  ...samplingOperators,
  ...scatteringOperators,
  ...sequenceOperators,
  ...shapeOperators,
  ...signalOperators,
]

const byName = new Map<string, Operator[]>()
for (const each of operators) {
  const key = `${each.domain ?? ''}:${each.op}`
  byName.set(key, [...(byName.get(key) ?? []), each])
}

/** The declaration of a node's operator at the version that its file says. */
export function findOperator(
  node: OnnxNode,
  opsets: ReadonlyMap<string, number>,
): Operator | undefined {
  const opset = opsets.get(node.domain) ?? 1
  return byName
    .get(`${node.domain}:${node.op}`)
    ?.find(({ opsets: range }) => range === undefined || (opset >= range[0] && opset <= range[1]))
}

/** The attributes of a node, defaults filled in. */
export function readAttributes(
  node: OnnxNode,
  { attributes = {} }: Operator,
): Record<string, AttributeValue | undefined> {
  const read: Record<string, AttributeValue | undefined> = { ...attributes }
  for (const [name, value] of node.attributes) if (name in attributes) read[name] = value
  return read
}
