import { EngineError } from '@ashlar/errors'
import { sizeOf, type Value, whereOf } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { defineKernel, type KernelDeclaration, type TensorSpec } from './declaration.ts'
import {
  complexAbsGradient,
  complexGradient,
  fftGradient,
  ifftGradient,
  imagGradient,
  realGradient,
} from './gradients/complex.ts'

const unchecked =
  'Examples hold no complex numbers; test/passes/complex-parts.test.ts compares it with tfjs.'

/**
 * Kernels of complex numbers. ONNX has no operations on them, so passes/complex-parts.ts makes two tensors of each, real and imaginary parts, and
 * what these kernels do to the parts; only Fourier transforms are left for the lowering, with an input and an output for each part.
 */
export const complexKernels: readonly KernelDeclaration[] = [
  defineKernel({
    kernel: 'Complex',
    gradient: complexGradient,
    infer: ({ inputs }) => ({ shape: inputs.real!.shape, dtype: 'complex64' }),
    lower: leftOver,
    examples: [],
    unchecked,
  }),
  ...(['Real', 'Imag'] as const).map((kernel) =>
    defineKernel({
      kernel,
      gradient: kernel === 'Real' ? realGradient : imagGradient,
      infer: ({ inputs }) => ({ shape: inputs.input!.shape, dtype: 'float32' }),
      lower: leftOver,
      examples: [],
      unchecked,
    }),
  ),
  defineKernel({
    kernel: 'ComplexAbs',
    gradient: complexAbsGradient,
    infer: ({ inputs }) => ({ shape: inputs.x!.shape, dtype: 'float32' }),
    lower: leftOver,
    examples: [],
    unchecked,
  }),
  ...(['FFT', 'IFFT'] as const).map((kernel) =>
    defineKernel({
      kernel,
      gradient: kernel === 'FFT' ? fftGradient : ifftGradient,
      infer: ({ inputs }) => inputs.input as TensorSpec,
      lower: (context) => transform(context, kernel === 'IFFT'),
      examples: [],
      unchecked,
    }),
  ),
]

function leftOver({ node }: LowerContext): never {
  throw new EngineError({
    where: whereOf(node),
    expected: 'complex numbers must have been made real and imaginary parts',
  })
}

/** The transform over the last axis of all rows at once; ONNX keeps real and imaginary parts side by side: [rows, size, 2]. */
function transform({ builder, input, node }: LowerContext, isInverse: boolean): Value[] {
  const { shape, dtype } = node.outputs[0]!
  const size = shape.at(-1)!
  const rows = sizeOf(shape.slice(0, -1))
  const parts = ['real', 'imag'].map((name) => builder.reshape(input(name), [rows, size, 1]))
  const spec = { shape: [rows, size, 2], dtype }
  const attrs = { axis: 1, inverse: isInverse ? 1 : 0 }
  const result = builder.node('DFT', [builder.concat(parts, 2)], attrs, spec)
  return [0, 1].map((part) =>
    builder.reshape(builder.slice(result, [2], [part], [part + 1], [rows, size, 1]), shape),
  )
}
