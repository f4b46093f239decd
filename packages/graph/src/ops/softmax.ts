import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Normalised exponentials along one axis. */
export const softmaxKernels: readonly KernelDeclaration[] = (
  [
    ['Softmax', 'dim', 'Softmax'],
    ['LogSoftmax', 'axis', 'LogSoftmax'],
  ] as const
).map(([kernel, axisName, onnx]) =>
  defineKernel<Readonly<Record<string, number>>>({
    kernel,
    infer: ({ inputs }) => inputs.logits!,
    lower: ({ builder, attrs, input }) =>
      builder.unary(onnx, input('logits'), { axis: attrs[axisName] ?? -1 }),
    ...(kernel === 'LogSoftmax'
      ? { unchecked: "tfjs's CPU backend composes it of other kernels." }
      : {}),
    examples:
      kernel === 'LogSoftmax'
        ? []
        : [{ inputs: { logits: { shape: [3, 5], range: [-9, 9] } }, attrs: { [axisName]: 1 } }],
  }),
)
