import { EngineError } from '@ashlar/errors'
import { whereOf } from '../ir/index.ts'
import { currentScope } from '../scope/scope.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Reasons by kernel, as the user reads them when a capture or an export meets one. */
const REASONS: readonly (readonly [reason: string, kernels: readonly string[]])[] = [
  [
    'It works on text, and graphs hold numbers. Prepare text before the model.',
    ['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'],
  ],
  [
    'It works on ragged lists, whose sizes are only known with their numbers. Pad rows to one length before the model.',
    ['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
  ],
  [
    'How large its result is follows from the numbers, and a graph has tensors of known sizes.',
    ['SparseFillEmptyRows', 'SparseReshape'],
  ],
  [
    'It draws random numbers, and a file has no seed. In training it becomes a part of the graph.',
    ['Multinomial'],
  ],
  [
    'It moves pixels between tensors and the page of a browser. Keep that outside of the model.',
    ['Draw', 'FromPixels'],
  ],
  [
    'tfjs has the name and no kernel: its own function is made of other kernels, which have a meaning in ONNX.',
    ['MatrixBandPart', 'Pool'],
  ],
]

/** Kernels without a meaning in ONNX. The tfjs backend computes them with tfjs's CPU kernels. */
export const refusedKernels: readonly KernelDeclaration[] = REASONS.flatMap(([reason, kernels]) =>
  kernels.map((kernel) =>
    defineKernel({
      kernel,
      infer: () => {
        throw new EngineError({
          where: whereOf({ op: kernel, scope: currentScope() }),
          expected: `kernel ${kernel} must have a meaning in ONNX`,
          hint: reason,
        })
      },
      lower: { refused: reason },
      examples: [],
    }),
  ),
)
