import {
  type Attrs,
  type Dim,
  isStatic,
  larger,
  minus,
  plus,
  times,
  type Value,
} from '../ir/index.ts'
import type { OnnxBuilder, OutputSpec } from './builder.ts'
import { sliceAt } from './slices.ts'
import { reachOf, type WindowAttrs, windowOf } from './window.ts'
import { paddedSpace } from './window-attributes.ts'

/** The convolution that is turned round. */
export interface TransposedWindow {
  /** Spatial sizes of its input, which is the result here. */
  readonly space: readonly Dim[]
  readonly kernel: readonly number[]
  readonly attrs: WindowAttrs
  /** Further attributes of the ONNX node. */
  readonly more?: Attrs
}

/** ONNX's ConvTranspose of what a convolution gives, [batch, channels, ...space]: its derivative by its input. */
export function transposedConvolution(
  builder: OnnxBuilder,
  inputs: readonly Value[],
  { space, kernel, attrs, more = {} }: TransposedWindow,
  { shape, dtype }: OutputSpec,
): Value {
  const window = windowOf<Dim>(space, kernel, attrs)
  const { before, after, output, strides, dilations } = window
  const reach = kernel.map((size, axis) => reachOf(size, dilations[axis]!))
  const whole = output.map((count, axis) =>
    plus(times(minus(count, 1), strides[axis]!), reach[axis]!),
  )
  // Rows that no window of the convolution reached have gradient zero: output_padding adds them.
  const extra = space.map((size, axis) =>
    minus(plus(size, before[axis]!, after[axis]!), whole[axis]!),
  )
  const attributes = {
    kernel_shape: kernel,
    strides,
    ...(dilations.some((each) => each !== 1) && { dilations }),
    ...more,
  }
  if (isStatic(before) && isStatic(after) && isStatic(extra)) {
    return builder.node(
      'ConvTranspose',
      inputs,
      {
        ...attributes,
        pads: [...before, ...after],
        ...(extra.some((each) => each !== 0) && { output_padding: extra }),
      },
      { shape, dtype },
    )
  }
  // What is cut off follows the size: all of it is computed, and cut by a node of its own.
  const [batch, channels] = shape as readonly [Dim, Dim]
  const full = builder.node('ConvTranspose', inputs, attributes, {
    shape: [batch, channels, ...whole],
    dtype,
  })
  const short = space.map((size, axis) => larger(0, minus(plus(before[axis]!, size), whole[axis]!)))
  const begin = [0, 0, ...before]
  if (short.every((each) => each === 0)) return sliceAt(builder, full, begin, shape)
  const longer = paddedSpace(builder, full, { before: space.map(() => 0), after: short }, 0)
  return sliceAt(builder, longer, begin, shape)
}
