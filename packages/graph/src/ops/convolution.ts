import { convolution as inJavaScript, wrongBetweenWindows } from '../javascript/volumes.ts'
import { activatedRange, anything, keepsZero } from '../lower/activation.ts'
import { isChannelsFirst, windowChannelsLast } from '../lower/data-format.ts'
import { activated } from '../lower/fused.ts'
import { pixelsOf } from '../lower/window.ts'
import { asBatch, asOneBatch } from './all-steps.ts'
import { convolutionChannels } from './channel-axes.ts'
import { type ConvolutionAttrs, direct } from './convolution-direct.ts'
import { convolutionForms } from './convolution-forms.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type SizedSpec,
} from './declaration.ts'
import { conv2dGradient, conv3dGradient } from './gradients/convolutions.ts'

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] } as const

/** Convolutions over two and three spatial axes. Filters are [...kernel, inputs, outputs]. */
export const convolutionKernels: readonly KernelDeclaration[] = [
  defineKernel<ConvolutionAttrs>({
    kernel: 'Conv2D',
    allSteps: (context) => {
      if (!context.isStacked('x') || context.isStacked('filter')) return undefined
      return asOneBatch(context, { x: asBatch(context, 'x'), filter: context.input('filter') })
    },
    range: anything,
    channels: () => convolutionChannels,
    gradient: conv2dGradient,
    images: ['x'],
    sizeAttrs: ['pad'],
    infer,
    lower: direct,
    forms: convolutionForms(),
    examples: [
      { inputs: { x: { shape: [2, 5, 5, 3] }, filter: { shape: [3, 3, 3, 4] } }, attrs: unit },
      {
        name: 'strided',
        inputs: { x: { shape: [2, 6, 7, 3] }, filter: { shape: [3, 2, 3, 4] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'dilated valid',
        inputs: { x: { shape: [1, 7, 7, 2] }, filter: { shape: [3, 3, 2, 4] } },
        attrs: { ...unit, pad: 'valid', dilations: [2, 2] },
      },
      {
        name: 'explicit padding',
        inputs: { x: { shape: [1, 6, 6, 2] }, filter: { shape: [3, 3, 2, 3] } },
        attrs: {
          ...unit,
          strides: [2, 2],
          pad: [
            [0, 0],
            [1, 0],
            [0, 2],
            [0, 0],
          ],
        },
      },
      {
        name: 'taps over padding alone',
        inputs: { x: { shape: [2, 1, 2, 3] }, filter: { shape: [3, 3, 3, 4] } },
        attrs: { ...unit, strides: [1, 2] },
      },
      {
        name: 'taps over padding alone, pixels left over',
        inputs: { x: { shape: [2, 1, 3, 3] }, filter: { shape: [3, 1, 3, 4] } },
        attrs: { ...unit, strides: [1, 2] },
      },
      {
        name: 'one window over a part of the image',
        inputs: { x: { shape: [2, 2, 2, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'one window over padding alone',
        inputs: { x: { shape: [2, 2, 2, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: {
          ...unit,
          strides: [4, 2],
          pad: [
            [0, 0],
            [1, 0],
            [0, 0],
            [0, 0],
          ],
        },
      },
      {
        name: 'one window over all of the image',
        inputs: { x: { shape: [2, 3, 2, 3] }, filter: { shape: [3, 2, 3, 4] } },
        attrs: { ...unit, pad: 'valid' },
      },
      {
        name: 'few channels to many',
        inputs: { x: { shape: [2, 6, 6, 1] }, filter: { shape: [3, 3, 1, 32] } },
        attrs: unit,
      },
      {
        name: 'whole blocks',
        inputs: { x: { shape: [2, 5, 5, 32] }, filter: { shape: [3, 3, 32, 16] } },
        attrs: { ...unit, strides: [2, 2] },
      },
      {
        name: 'wide',
        inputs: { x: { shape: [2, 4, 4, 16] }, filter: { shape: [3, 3, 16, 8] } },
        attrs: unit,
      },
      {
        name: 'whole blocks to few channels',
        inputs: { x: { shape: [2, 9, 9, 16] }, filter: { shape: [3, 3, 16, 3] } },
        attrs: unit,
      },
      {
        name: 'few channels to few, dilated',
        inputs: { x: { shape: [2, 9, 9, 3] }, filter: { shape: [3, 2, 3, 5] } },
        attrs: { ...unit, dilations: [2, 2] },
      },
    ],
  }),
  defineKernel<ConvolutionAttrs>({
    kernel: 'FusedConv2D',
    range: activatedRange,
    channels: ({ activation }) => (keepsZero(activation) ? convolutionChannels : undefined),
    images: ['x', 'preluActivationWeights'],
    sizeAttrs: ['pad'],
    infer,
    lower: (context) => activated(context as never, direct(context)),
    forms: convolutionForms((context, result) => activated(context as never, result)),
    examples: [
      {
        inputs: {
          x: { shape: [2, 5, 5, 3] },
          filter: { shape: [3, 3, 3, 4] },
          bias: { shape: [4] },
        },
        attrs: { ...unit, activation: 'relu' },
      },
      {
        name: 'few outputs',
        inputs: {
          x: { shape: [2, 9, 9, 16] },
          filter: { shape: [3, 3, 16, 3] },
          bias: { shape: [3] },
        },
        attrs: { ...unit, activation: 'relu' },
      },
      {
        name: 'leaky, no bias',
        inputs: { x: { shape: [2, 5, 5, 3] }, filter: { shape: [1, 1, 3, 4] } },
        attrs: { ...unit, activation: 'leakyrelu', leakyreluAlpha: 0.3 },
      },
      {
        name: 'prelu',
        inputs: {
          x: { shape: [2, 5, 5, 3] },
          filter: { shape: [1, 1, 3, 4] },
          preluActivationWeights: { shape: [1, 1, 4] },
        },
        attrs: { ...unit, activation: 'prelu' },
      },
      {
        name: 'prelu per pixel',
        inputs: {
          x: { shape: [2, 5, 4, 3] },
          filter: { shape: [1, 1, 3, 2] },
          preluActivationWeights: { shape: [5, 4, 2] },
        },
        attrs: { ...unit, activation: 'prelu' },
      },
    ],
  }),
  defineKernel<ConvolutionAttrs>({
    kernel: 'Conv3D',
    range: anything,
    gradient: conv3dGradient,
    wrongInTfjs: wrongBetweenWindows(inJavaScript),
    images: ['x'],
    sizeAttrs: ['pad'],
    infer,
    lower: direct,
    examples: [
      {
        inputs: { x: { shape: [1, 4, 5, 5, 2] }, filter: { shape: [2, 3, 3, 2, 3] } },
        attrs: { strides: [1, 2, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
      },
      {
        name: 'with gaps',
        inputs: { x: { shape: [1, 5, 6, 7, 2] }, filter: { shape: [1, 2, 1, 2, 3] } },
        attrs: { strides: [3, 3, 3], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
      },
    ],
  }),
]

function infer({ inputs, attrs }: InferContext<ConvolutionAttrs>): SizedSpec {
  const { shape, dtype } = inputs.x!
  const filter = inputs.filter!.shape
  // A call with channels first keeps its order here; it is turned before it is lowered.
  const channelsFirst = isChannelsFirst(attrs)
  const space = channelsFirst ? shape.slice(2) : shape.slice(1, -1)
  const output = pixelsOf('convolution', space, filter.slice(0, -2), windowChannelsLast(attrs))
  const channels = filter.at(-1)!
  return {
    shape: channelsFirst ? [shape[0]!, channels, ...output] : [shape[0]!, ...output, channels],
    dtype,
  }
}
