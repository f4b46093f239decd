import { constant, type Dim, isStatic, sizeOf, type Value } from '../ir/index.ts'
import { blockedConvolution, blockFlippedFilter, canBlock } from '../lower/blocked-convolution.ts'
import type { LowerContext, Lowered, Placed } from '../lower/context.ts'
import { gatherRows, im2col, positions } from '../lower/im2col.ts'
import { shapeIn } from '../lower/layout.ts'
import { type Padding, type Window, windowOf } from '../lower/window.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface GradientAttrs {
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  /** Of the gradient by the weights: [...kernel, inputs, outputs]. */
  readonly filterShape: readonly number[]
  /** Of the gradient by the input: [batch, ...space, channels]. */
  readonly inputShape: readonly Dim[]
}

const unit = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC' } as const

/** Derivatives of convolutions. The one by the input also is the transposed convolution of forward programs. */
export const convolutionGradientKernels: readonly KernelDeclaration[] = [
  ...(['Conv2DBackpropInput', 'Conv3DBackpropInputV2'] as const).map((kernel, index) =>
    defineKernel<GradientAttrs>({
      kernel,
      infer: ({ inputs, attrs }) => ({
        shape: attrs.inputShape as readonly number[],
        dtype: inputs.dy!.dtype,
      }),
      lower: byInput,
      examples:
        index === 0
          ? inputExamples()
          : [
              {
                inputs: { dy: { shape: [1, 3, 3, 3, 2] }, filter: { shape: [2, 2, 2, 3, 2] } },
                attrs: { strides: [1, 1, 1], pad: 'same', inputShape: [1, 3, 3, 3, 3] },
              },
            ],
    }),
  ),
  ...(['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2'] as const).map((kernel, index) =>
    defineKernel<GradientAttrs>({
      kernel,
      infer: ({ inputs, attrs }) => ({ shape: attrs.filterShape, dtype: inputs.x!.dtype }),
      lower: byFilter,
      examples:
        index === 0
          ? filterExamples()
          : [
              {
                inputs: { x: { shape: [2, 3, 3, 3, 3] }, dy: { shape: [2, 3, 3, 3, 2] } },
                attrs: { strides: [1, 1, 1], pad: 'same', filterShape: [2, 2, 2, 3, 2] },
              },
            ],
    }),
  ),
]

/** The gradient by the input of a convolution; its window is the forward convolution's. */
function byInput(context: LowerContext<GradientAttrs>): Lowered {
  const { attrs, target, node } = context
  const { shape } = node.outputs[0]!
  if (target.portable || !isStatic(shape)) return transposed(context)
  const filter = context.logical('filter').shape as readonly number[]
  const window = windowOf(shape.slice(1, -1), filter.slice(0, -2), attrs)
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  const isPlain = window.strides.every((stride) => stride === 1)
  const fits = inputs >= target.block && outputs >= target.block && canBlock(target, outputs, inputs)
  return isPlain && fits && filter.length === 4 ? blocked(context, window) : byPhases(context, window)
}

/** Without a stride, the gradient is a convolution of dy with the filter turned round. */
function blocked(context: LowerContext<GradientAttrs>, window: Window): Placed {
  const { builder, target, node } = context
  const operands = [
    context.input('dy', 'blocked'),
    blockFlippedFilter(builder, context.input('filter'), target.block),
  ]
  const pads = (sides: readonly number[], sizes: readonly number[]) =>
    sides.map((side, axis) => window.kernel[axis]! - 1 - side + sizes[axis]!)
  // Pixels that no window reached need zeros at the far end.
  const rest = window.input.map(
    (size, axis) =>
      size + window.before[axis]! + window.after[axis]! - (window.output[axis]! - 1 + window.kernel[axis]!),
  )
  const attrs = {
    kernel_shape: window.kernel,
    pads: [...pads(window.before, rest.map(() => 0)), ...pads(window.after, rest)],
  }
  const shape = shapeIn('blocked', node.outputs[0]!.shape)
  return { value: blockedConvolution(builder, operands, attrs, shape), layout: 'blocked' }
}

/** ONNX ConvTranspose, channels first. */
function transposed(context: LowerContext<GradientAttrs>): Placed {
  const { builder, attrs, node } = context
  const filter = context.logical('filter').shape as readonly number[]
  const { shape, dtype } = node.outputs[0]!
  const rank = filter.length
  const kernel = filter.slice(0, -2)
  const window = windowOf(shape.slice(1, -1) as readonly number[], kernel, attrs)
  // Rows that no window of the forward convolution reached have gradient zero: output_padding adds them.
  const extra = window.input.map(
    (size, axis) =>
      size -
      ((window.output[axis]! - 1) * window.strides[axis]! +
        kernel[axis]! -
        window.before[axis]! -
        window.after[axis]!),
  )
  const weights = builder.transpose(context.input('filter'), [rank - 1, rank - 2, ...kernel.keys()])
  const value = builder.node(
    'ConvTranspose',
    [context.input('dy', 'first'), weights],
    {
      kernel_shape: kernel,
      strides: window.strides,
      pads: [...window.before, ...window.after],
      ...(extra.some((each) => each !== 0) ? { output_padding: extra } : {}),
    },
    { shape: [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)], dtype },
  )
  return { value, layout: 'first' }
}

/**
 * Matrix products over gathered rows of dy. With a stride, pixels fall into phases that see different taps; each phase is a product of
 * its own, so nothing is multiplied with zeros.
 */
function byPhases(context: LowerContext<GradientAttrs>, window: Window): Placed {
  const { builder, node } = context
  const dy = context.input('dy')
  const filter = context.logical('filter').shape as readonly number[]
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  const taps = positions(window.kernel)
  // One matrix [outputs, inputs] per tap.
  const perTap = builder.transpose(
    builder.reshape(context.input('filter'), [taps.length, inputs, outputs]),
    [0, 2, 1],
  )
  const { shape } = node.outputs[0]!
  const batch = Number(shape[0])
  const parts: Value[] = []
  const order: number[] = []
  for (const phase of positions(window.strides)) {
    const space = window.input.map((size, axis) =>
      Math.ceil((size - phase[axis]!) / window.strides[axis]!),
    )
    const used = [...taps.keys()].filter((tap) =>
      taps[tap]!.every(
        (offset, axis) =>
          (phase[axis]! + window.before[axis]! - offset) % window.strides[axis]! === 0,
      ),
    )
    for (const position of positions(space)) order.push(rowAt(position, phase, window))
    parts.push(
      phaseProduct(context, window, {
        dy,
        perTap,
        phase,
        space,
        taps: used.map((tap) => taps[tap]!),
        used,
        batch,
      }),
    )
  }
  if (parts.length === 1) return { value: builder.reshape(parts[0]!, shape), layout: 'last' }
  const inverse = Array<number>(order.length)
  for (const [index, row] of order.entries()) inverse[row] = index
  const all = builder.concat(parts, 1)
  return {
    value: builder.reshape(builder.gather(all, builder.ints(inverse), 1), shape),
    layout: 'last',
  }
}

interface Phase {
  readonly dy: Value
  readonly perTap: Value
  readonly phase: readonly number[]
  readonly space: readonly number[]
  readonly taps: readonly (readonly number[])[]
  readonly used: readonly number[]
  readonly batch: number
}

/** The pixels of one phase: [batch, pixels, inputs]. */
function phaseProduct(context: LowerContext<GradientAttrs>, window: Window, part: Phase): Value {
  const { builder } = context
  const inputs = Number(part.perTap.shape[2])
  const outputs = Number(part.perTap.shape[1])
  const pixels = Number(sizeOf(part.space))
  if (part.used.length === 0) return builder.ones(0, [part.batch, pixels, inputs])
  const rows = gatherRows(builder, part.dy, part.space, [part.taps.length], (position, [tap]) =>
    position.map((at, axis) => {
      const stride = window.strides[axis]!
      return (
        (at * stride + part.phase[axis]! + window.before[axis]! - part.taps[tap!]![axis]!) / stride
      )
    }),
  )
  const all = part.used.length === Number(part.perTap.shape[0])
  const weights = all ? part.perTap : builder.gather(part.perTap, builder.ints(part.used), 0)
  const product = builder.matMul(
    rows,
    builder.reshape(weights, [part.used.length * outputs, inputs]),
  )
  return builder.reshape(product, [part.batch, pixels, inputs])
}

function rowAt(position: readonly number[], phase: readonly number[], window: Window): number {
  return position.reduce(
    (row, at, axis) => row * window.input[axis]! + at * window.strides[axis]! + phase[axis]!,
    0,
  )
}

/** The gradient by the weights: the forward's gathered rows, transposed, times dy. */
function byFilter(context: LowerContext<GradientAttrs>): Value {
  const { builder, attrs } = context
  const { filterShape } = attrs
  const kernel = filterShape.slice(0, -2)
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const space = context.logical('x').shape.slice(1, -1) as readonly number[]
  const window = windowOf(space, kernel, attrs)
  const width = Number(sizeOf(kernel)) * inputs
  if (inputs < 8 && width <= 128) return byOneHot(context, window, width)
  const rows = im2col(builder, context.input('x'), window)
  const dy = builder.reshape(context.input('dy'), [rows.shape[0]!, outputs])
  const product = builder.node(
    'Gemm',
    [rows, dy],
    { transA: 1 },
    {
      shape: [width, outputs],
      dtype: rows.dtype,
    },
  )
  return builder.reshape(product, filterShape)
}

/**
 * For few input channels: a convolution with one-hot filters copies each tap into a channel of its own, which is quicker than gathering
 * single numbers.
 */
function byOneHot(context: LowerContext<GradientAttrs>, window: Window, width: number): Value {
  const { builder, attrs } = context
  const { filterShape } = attrs
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const x = context.input('x', 'first')
  const batch = Number(x.shape[0])
  const windows = Number(sizeOf(window.output))
  const filters = builder.shared(`one-hot ${window.kernel} ${inputs}`, () => {
    const taps = width / inputs
    const data = new Float32Array(width * width)
    // Filter (tap, channel) reads channel `channel` at `tap`.
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < inputs; channel++) {
        data[(tap * inputs + channel) * width + channel * taps + tap] = 1
      }
    }
    return constant(data, [width, inputs, ...window.kernel], 'float32')
  })
  const columns = builder.node(
    'Conv',
    [x, filters],
    {
      kernel_shape: window.kernel,
      strides: window.strides,
      pads: [...window.before, ...window.after],
    },
    { shape: [batch, width, ...window.output], dtype: x.dtype },
  )
  const rows = builder.reshape(columns, [batch, width, windows])
  const products = timesGradient(context, rows, [batch, windows, outputs])
  return builder.reshape(builder.reduce('ReduceSum', products, [0], false), filterShape)
}

/** columns [batch, width, windows] times dy, from whichever order of dy is at hand. */
function timesGradient(
  context: LowerContext<GradientAttrs>,
  columns: Value,
  [batch, windows, outputs]: readonly [number, number, number],
): Value {
  const { builder, target } = context
  if (target.portable || context.layoutOf('dy') === 'last') {
    return builder.matMul(columns, builder.reshape(context.input('dy'), [batch, windows, outputs]))
  }
  const dy = builder.reshape(context.input('dy', 'first'), [batch, outputs, windows])
  return builder.node(
    'FusedMatMul',
    [columns, dy],
    { transB: 1 },
    { shape: [batch, columns.shape[1]!, outputs], dtype: dy.dtype },
    'com.microsoft',
  )
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
      name: 'valid with rows left over',
      inputs: { dy: { shape: [1, 2, 2, 4] }, filter: { shape: [3, 3, 3, 4] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], inputShape: [1, 6, 6, 3] },
    },
  ]
}

function filterExamples(): KernelDeclaration['examples'] {
  return [
    {
      inputs: { x: { shape: [2, 5, 5, 3] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 3, 4] },
    },
    {
      name: 'wide',
      inputs: { x: { shape: [2, 5, 5, 16] }, dy: { shape: [2, 5, 5, 4] } },
      attrs: { ...unit, filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'wide, strided',
      inputs: { x: { shape: [2, 6, 7, 16] }, dy: { shape: [2, 3, 4, 4] } },
      attrs: { ...unit, strides: [2, 2], filterShape: [3, 3, 16, 4] },
    },
    {
      name: 'valid, strided',
      inputs: { x: { shape: [1, 6, 6, 3] }, dy: { shape: [1, 2, 2, 4] } },
      attrs: { ...unit, pad: 'valid', strides: [2, 2], filterShape: [3, 3, 3, 4] },
    },
  ]
}
