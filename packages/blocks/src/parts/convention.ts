import { type Layer, layers } from '@ashlar/core'
import { z } from 'zod'
import { type NormFactory, norms } from './factories.ts'

/** How strided convolutions are padded, and how batch norms are set: weights that were trained by the one are wrong by the other. */
export type Convention = 'keras' | 'torch'

/** The option of it. */
export const conventionOption: z.ZodDefault<z.ZodEnum<{ keras: 'keras'; torch: 'torch' }>> = z
  .enum(['keras', 'torch'])
  .default('keras')
  .describe(
    'Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm.',
  )

/** Batch norm as PyTorch has it: epsilon 1e-5, momentum 0.1 of its own counting. */
const torchBatchNorm: NormFactory = ({ zero } = {}) =>
  layers.batchNormalization({
    momentum: 0.9,
    epsilon: 1e-5,
    gammaInitializer: zero ? 'zeros' : 'ones',
  })

/** A normalization by its name. */
export function normOf(norm: keyof typeof norms, convention: Convention = 'keras'): NormFactory {
  return norm === 'batch' && convention === 'torch' ? torchBatchNorm : norms[norm]
}

/** How a convolution or a pooling is padded: by itself, or by a layer before it. */
export interface Padding {
  readonly padding: 'same' | 'valid'
  /** Comes before it. */
  readonly pad: Layer | undefined
}

/** What keeps the size of an image but for strides. Keras puts more behind it than before where strides leave an odd number; PyTorch as much on all sides. */
export function paddingOf(
  kernelSize: number,
  strides: number,
  convention: Convention = 'keras',
): Padding {
  if (convention === 'keras' || strides === 1) return { padding: 'same', pad: undefined }
  const side = Math.floor(kernelSize / 2)
  return {
    padding: 'valid',
    pad: side === 0 ? undefined : layers.zeroPadding2d({ padding: side }),
  }
}
