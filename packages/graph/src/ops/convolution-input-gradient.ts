import { ShapeError } from '@ashlar/errors'
import { formatSize, sameSamples, sizeOf } from '../ir/index.ts'
import {
  convolutionInputGradient as inJavaScript,
  wrongBetweenWindows,
} from '../javascript/volumes.ts'
import { isChannelsFirst, windowChannelsLast } from '../lower/data-format.ts'
import { windowOf } from '../lower/window.ts'
import { asBatch, asOneBatch } from './all-steps.ts'
import { inputGradientChannels } from './channel-axes.ts'
import {
  type InputGradientAttrs,
  inputGradientForms,
  transposed,
} from './convolution-input-gradient-forms.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type SizedSpec,
} from './declaration.ts'
import { conv2dInputGradient, conv3dInputGradient } from './gradients/convolutions.ts'

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC' } as const

/** Derivatives of convolutions by their inputs, which also are the transposed convolutions of forward programs. */
export const convolutionInputGradientKernels: readonly KernelDeclaration[] = (
  ['Conv2DBackpropInput', 'Conv3DBackpropInputV2'] as const
).map((kernel, index) =>
  defineKernel<InputGradientAttrs>({
    kernel,
    gradient: index === 0 ? conv2dInputGradient : conv3dInputGradient,
    ...(index === 0 && { channels: () => inputGradientChannels }),
    ...(index === 1 && { wrongInTfjs: wrongBetweenWindows(inJavaScript) }),
    images: ['dy'],
    allSteps: (context) => {
      const { attrs, isStacked, input, time } = context
      if (!isStacked('dy') || isStacked('filter')) return undefined
      const [batch, ...rest] = attrs.inputShape
      return asOneBatch(
        context,
        { dy: asBatch(context, 'dy'), filter: input('filter') },
        { inputShape: [sizeOf([time, batch!]), ...rest] },
      )
    },
    sizeAttrs: ['inputShape', 'pad'],
    infer: inferInput,
    lower: transposed,
    forms: inputGradientForms,
    examples:
      index === 0
        ? inputExamples()
        : [
            {
              inputs: { dy: { shape: [1, 3, 3, 3, 2] }, filter: { shape: [2, 2, 2, 3, 2] } },
              attrs: { strides: [1, 1, 1], pad: 'same', inputShape: [1, 3, 3, 3, 3] },
            },
            {
              name: 'with gaps',
              inputs: { dy: { shape: [1, 2, 2, 3, 3] }, filter: { shape: [1, 2, 1, 2, 3] } },
              attrs: { strides: [3, 3, 3], pad: 'same', inputShape: [1, 5, 6, 7, 2] },
            },
          ],
  }),
)

function inferInput({ inputs, attrs }: InferContext<InputGradientAttrs>): SizedSpec {
  const shape = attrs.inputShape
  const dy = inputs.dy!.shape
  const first = isChannelsFirst(attrs as object)
  const space = first ? shape.slice(2) : shape.slice(1, -1)
  const kernel = inputs.filter!.shape.slice(0, -2)
  const { output } = windowOf(space, kernel, windowChannelsLast(attrs))
  const given = first ? dy.slice(2) : dy.slice(1, -1)
  if (output.some((size, axis) => !sameSamples(size, given[axis]!))) {
    throw new ShapeError({
      where: 'gradient of a convolution by its input',
      expected: `dy must have the size ${output.map(formatSize).join(' x ')} of the convolution's output`,
      given: dy,
    })
  }
  return { shape, dtype: inputs.dy!.dtype }
}

function inputExamples(): KernelDeclaration['examples'] {
  return [
    {
      inputs: { dy: { shape: [2, 5, 5, 4] }, filter: { shape: [3, 3, 3, 4] } },
      attrs: { ...unit, inputShape: [2, 5, 5, 3] },
    },
    {
      name: 'strided',
      inputs: { dy: { shape: [2, 3, 4, 4] }, filter: { shape: [3, 3, 3, 4] } },
      attrs: { ...unit, strides: [2, 2], inputShape: [2, 6, 7, 3] },
    },
    {
      name: 'stride past the kernel',
      inputs: { dy: { shape: [1, 3, 3, 4] }, filter: { shape: [1, 1, 3, 4] } },
      attrs: { ...unit, strides: [2, 2], inputShape: [1, 6, 6, 3] },
    },
    {
      name: 'stride past the only pixel',
      inputs: { dy: { shape: [2, 1, 1, 4] }, filter: { shape: [3, 3, 3, 4] } },
      attrs: { ...unit, strides: [2, 2], inputShape: [2, 1, 1, 3] },
    },
    {
      name: 'wide',
      inputs: { dy: { shape: [2, 5, 5, 32] }, filter: { shape: [3, 3, 16, 32] } },
      attrs: { ...unit, inputShape: [2, 5, 5, 16] },
    },
    {
      name: 'wide valid',
      inputs: { dy: { shape: [1, 3, 3, 16] }, filter: { shape: [3, 3, 32, 16] } },
      attrs: { ...unit, pad: 'valid', inputShape: [1, 5, 5, 32] },
    },
    {
      name: 'few channels from whole blocks',
      inputs: { dy: { shape: [2, 9, 9, 16] }, filter: { shape: [3, 2, 3, 16] } },
      attrs: { ...unit, inputShape: [2, 9, 9, 3] },
    },
    {
      name: 'whole blocks from few channels',
      inputs: { dy: { shape: [2, 9, 9, 3] }, filter: { shape: [3, 2, 16, 3] } },
      attrs: { ...unit, inputShape: [2, 9, 9, 16] },
    },
    {
      name: 'strided, few channels from whole blocks',
      inputs: { dy: { shape: [2, 9, 8, 16] }, filter: { shape: [4, 3, 3, 16] } },
      attrs: { ...unit, strides: [2, 2], inputShape: [2, 18, 16, 3] },
    },
    {
      name: 'strided, whole blocks',
      inputs: { dy: { shape: [2, 4, 3, 32] }, filter: { shape: [3, 3, 32, 32] } },
      attrs: { ...unit, strides: [2, 2], inputShape: [2, 7, 6, 32] },
    },
    {
      name: 'strided, whole blocks, stride past the kernel',
      inputs: { dy: { shape: [2, 2, 3, 16] }, filter: { shape: [1, 2, 32, 16] } },
      attrs: { ...unit, strides: [2, 3], inputShape: [2, 4, 7, 32] },
    },
    {
      name: 'strided, whole blocks, valid',
      inputs: { dy: { shape: [1, 2, 2, 16] }, filter: { shape: [4, 3, 16, 16] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 1], inputShape: [1, 7, 4, 16] },
    },
    {
      name: 'valid with rows left over',
      inputs: { dy: { shape: [1, 2, 2, 4] }, filter: { shape: [3, 3, 3, 4] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], inputShape: [1, 6, 6, 3] },
    },
  ]
}
