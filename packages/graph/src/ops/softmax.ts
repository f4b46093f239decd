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
    // Of a single number it is 1, whatever that number is.
    range: (attrs, shape) =>
      kernel === 'LogSoftmax'
        ? [Number.NEGATIVE_INFINITY, 0]
        : [shape.at(attrs[axisName] ?? -1) === 1 ? 1 : 0, 1],
    infer: ({ inputs }) => inputs.logits!,
    lower: ({ builder, attrs, input }) =>
      builder.unary(onnx, input('logits'), { axis: attrs[axisName] ?? -1 }),
    examples: [
      kernel === 'LogSoftmax'
        ? // tfjs composes it of other kernels.
          {
            inputs: { logits: { shape: [2, 3], values: [1, 2, 3, 0, 0, 0] } },
            attrs: { [axisName]: -1 },
            expected: [[-2.407606, -1.407606, -0.407606, -1.0986123, -1.0986123, -1.0986123]],
          }
        : { inputs: { logits: { shape: [3, 5], range: [-9, 9] } }, attrs: { [axisName]: 1 } },
    ],
  }),
)
