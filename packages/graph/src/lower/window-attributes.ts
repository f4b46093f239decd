import { type Dim, isStatic, plus, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { isPairs, perAxis, reachOf, type WindowAttrs, windowOf } from './window.ts'

/** What an ONNX convolution or pooling is told of its window. */
export interface WindowNode {
  readonly attributes: Record<string, readonly number[] | string>
  /** What the image must be padded with before, where no attribute can say it. */
  readonly pads?: { readonly before: readonly Dim[]; readonly after: readonly Dim[] }
}

/**
 * Attributes of an ONNX convolution or pooling. Where a padding varies with the size, `same` is left to the runtime if it can do it: SAME_UPPER is TensorFlow's
 * rule, for windows without gaps that are no smaller than their stride. Else the image is padded by a node of its own.
 */
export function windowNode(
  input: readonly Dim[],
  kernel: readonly number[],
  attrs: WindowAttrs,
): WindowNode {
  const axes = input.length
  const strides = perAxis(attrs.strides, axes)
  const dilations = perAxis(attrs.dilations, axes)
  const attributes: Record<string, readonly number[] | string> = { kernel_shape: kernel }
  if (strides.some((each) => each !== 1)) attributes.strides = strides
  if (dilations.some((each) => each !== 1)) attributes.dilations = dilations
  if (attrs.pad === 'valid') return { attributes }
  const { before, after } = isStatic(input) ? windowOf<Dim>(input, kernel, attrs) : sides()
  if (isStatic(before) && isStatic(after)) {
    const pads = [...before, ...after]
    return { attributes: pads.some((each) => each !== 0) ? { ...attributes, pads } : attributes }
  }
  const isLeft =
    attrs.pad === 'same' &&
    dilations.every((each) => each === 1) &&
    kernel.every((size, axis) => Number(reachOf(size, 1)) >= strides[axis]!)
  if (isLeft) return { attributes: { ...attributes, auto_pad: 'SAME_UPPER' } }
  return { attributes, pads: { before, after } }

  function sides(): { readonly before: readonly Dim[]; readonly after: readonly Dim[] } {
    const { pad, dimRoundingMode: mode = 'floor' } = attrs
    if (pad === 'same' || mode !== 'floor') return windowOf<Dim>(input, kernel, attrs)
    // As it is given: the runtime rounds down too.
    const pairs = input.map((_, axis) =>
      isPairs(pad) ? pad[axis + 1]! : ([pad, pad] as [Dim, Dim]),
    )
    return { before: pairs.map(([front]) => front), after: pairs.map(([, back]) => back) }
  }
}

/** The attributes alone, for a window that a runtime can be told of. Sizes must be fixed. */
export function windowAttributes(
  input: readonly Dim[],
  kernel: readonly number[],
  attrs: WindowAttrs,
): Record<string, readonly number[] | string> {
  return windowNode(input, kernel, attrs).attributes
}

/** An image [batch, channels, ...space] with numbers around it. */
export function paddedSpace(
  builder: OnnxBuilder,
  x: Value,
  pads: NonNullable<WindowNode['pads']>,
  value: number,
): Value {
  const { before, after } = pads
  const shape = padSizes(x.shape, before, after)
  const amounts = builder.shape([0, 0, ...before, 0, 0, ...after])
  return builder.node(
    'Pad',
    [x, amounts, builder.scalar(value, x.dtype)],
    {},
    { shape, dtype: x.dtype },
  )
}

function padSizes(shape: readonly Dim[], before: readonly Dim[], after: readonly Dim[]): Dim[] {
  return shape.map((size, axis) =>
    axis < 2 ? size : plus(before[axis - 2]!, size, after[axis - 2]!),
  )
}
