import { constant, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'
import { kronecker, turned, type WinogradMatrices, winogradMatrices } from './winograd-matrices.ts'
import type { WinogradAxis, WinogradPlan } from './winograd-plan.ts'

/*
 * Winograd's convolution (Winograd 1980; Lavin and Gray 2016) of stock ops. Tiles of the image are gathered by whole rows of channels, so that a matrix
 * product with a small constant transforms all of them, for both axes at once. What is left is a matrix product of inputs and outputs for each
 * number of a transformed tile: 36 of them for 4 x 4 pixels and a filter of 3 x 3, which are 144 products in a direct convolution.
 */

/** Where the image lies, for tiles of it. */
type Place = Pick<Window, 'before' | 'input' | 'output'>

/** A convolution without stride, channels last. `filter` is [...kernel, inputs, outputs]. */
export function winogradConvolution(
  builder: OnnxBuilder,
  { x, filter }: { readonly x: Value; readonly filter: Value },
  window: Place,
  plan: WinogradPlan,
): Value {
  const products = builder.matMul(
    imageTiles(builder, x, window, plan),
    transformedFilter(builder, filter, plan),
  )
  return imageOf(builder, products, Number(x.shape[0]), window.output, plan)
}

/**
 * The gradient by the input: a convolution of dy with the filter turned round.
 *
 * @param window of that convolution.
 */
export function winogradInputGradient(
  builder: OnnxBuilder,
  { dy, filter }: { readonly dy: Value; readonly filter: Value },
  window: Place,
  plan: WinogradPlan,
): Value {
  const tiles = imageTiles(builder, dy, window, plan)
  const weights = transformedFilter(builder, filter, plan, true)
  const products = builder.node(
    'FusedMatMul',
    [tiles, weights],
    { transB: 1 },
    { shape: [...tiles.shape.slice(0, 2), weights.shape[1]!], dtype: dy.dtype },
    'com.microsoft',
  )
  return imageOf(builder, products, Number(dy.shape[0]), window.output, plan)
}

/**
 * The gradient by the filter: the forward's tiles, transposed, times those of dy. All is linear, so that what was transformed back in the forward is transformed here, and the other way
 * round.
 *
 * @returns [...kernel, inputs, outputs]
 */
export function winogradFilterGradient(
  builder: OnnxBuilder,
  { x, dy }: { readonly x: Value; readonly dy: Value },
  window: Window,
  plan: WinogradPlan,
): Value {
  const tiles = imageTiles(builder, x, window, plan)
  const results = resultTiles(builder, dy, window, plan)
  const [reach, , inputs] = tiles.shape as readonly [number, number, number]
  const outputs = Number(dy.shape.at(-1))
  const sums = builder.node(
    'FusedMatMul',
    [tiles, results],
    { transA: 1 },
    { shape: [reach, inputs, outputs], dtype: x.dtype },
    'com.microsoft',
  )
  const matrix = matrixOf(builder, plan, 'filter turned', ({ filter }) => turned(filter))
  const gradient = builder.matMul(matrix, builder.reshape(sums, [reach, inputs * outputs]))
  return builder.reshape(gradient, [...window.kernel, inputs, outputs])
}

/** Transformed tiles that overlap, as windows do: [numbers of a tile, tiles, channels]. */
function imageTiles(
  builder: OnnxBuilder,
  x: Value,
  { before, input }: Place,
  plan: WinogradPlan,
): Value {
  const tiles = gatherTiles(builder, x, plan, {
    numbers: plan.axes.map(({ reach }) => reach),
    key: `${input} ${before}`,
    size: input,
    pixel: (axis, tile, at) => tile * plan.axes[axis]!.tile + at - before[axis]!,
  })
  return transformed(
    builder,
    tiles,
    matrixOf(builder, plan, 'input', ({ input: of }) => of),
  )
}

/** Transformed tiles of what a convolution gave, side by side. */
function resultTiles(
  builder: OnnxBuilder,
  dy: Value,
  { output }: Window,
  plan: WinogradPlan,
): Value {
  const tiles = gatherTiles(builder, dy, plan, {
    numbers: plan.axes.map(({ tile }) => tile),
    key: `${output}`,
    size: output,
    pixel: (axis, tile, at) => tile * plan.axes[axis]!.tile + at,
  })
  const matrix = matrixOf(builder, plan, 'output turned', ({ output: of }) => turned(of))
  return transformed(builder, tiles, matrix)
}

function transformed(builder: OnnxBuilder, tiles: Value, matrix: Value): Value {
  const [numbers, count, channels] = tiles.shape as readonly [number, number, number]
  const product = builder.matMul(matrix, builder.reshape(tiles, [numbers, count * channels]))
  return builder.reshape(product, [matrix.shape[0]!, count, channels])
}

/** [numbers of a tile, inputs, outputs]; for the gradient by the input, of a filter turned round. */
function transformedFilter(
  builder: OnnxBuilder,
  filter: Value,
  plan: WinogradPlan,
  isFlipped = false,
): Value {
  const [inputs, outputs] = filter.shape.slice(-2) as readonly number[] as [number, number]
  const matrix = matrixOf(builder, plan, isFlipped ? 'filter flipped' : 'filter', (of) =>
    isFlipped ? of.filter.map((row) => row.toReversed()) : of.filter,
  )
  const taps = Number(matrix.shape[1])
  const weights = builder.matMul(matrix, builder.reshape(filter, [taps, inputs * outputs]))
  return builder.reshape(weights, [matrix.shape[0]!, inputs, outputs])
}

/** Transforms products back, and puts tiles together: [batch, height, width, channels]. */
function imageOf(
  builder: OnnxBuilder,
  products: Value,
  batch: number,
  space: readonly number[],
  plan: WinogradPlan,
): Value {
  const results = transformed(
    builder,
    products,
    matrixOf(builder, plan, 'output', ({ output }) => output),
  )
  const [rows, columns] = plan.axes
  const channels = Number(results.shape[2])
  const [height, width] = space as readonly [number, number]
  const index = builder.shared(`image of tiles ${batch} ${space} ${keyOf(plan)}`, () => {
    const places = new Int32Array(batch * height * width)
    let at = 0
    for (let image = 0; image < batch; image++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const number = (y % rows.tile) * columns.tile + (x % columns.tile)
          const row = Math.floor(y / rows.tile)
          const tile = (image * rows.count + row) * columns.count + Math.floor(x / columns.tile)
          places[at++] = number * batch * rows.count * columns.count + tile
        }
      }
    }
    return constant(places, [places.length], 'int32')
  })
  const pixels = builder.reshape(results, [
    Number(results.shape[0]) * Number(results.shape[1]),
    channels,
  ])
  return builder.reshape(builder.gather(pixels, index, 0), [batch, ...space, channels])
}

interface Tiling {
  /** Of a tile, per axis. */
  readonly numbers: readonly number[]
  /** Equal for equal tilings of one plan and number of images. */
  readonly key: string
  /** Of the image. */
  readonly size: readonly number[]
  readonly pixel: (axis: number, tile: number, at: number) => number
}

/** Rows of channels, [numbers of a tile, tiles, channels]; zeros beyond the image. */
function gatherTiles(
  builder: OnnxBuilder,
  x: Value,
  plan: WinogradPlan,
  { numbers, key, size, pixel }: Tiling,
): Value {
  const [batch, , , channels] = x.shape as readonly [number, number, number, number]
  const [height, width] = size as readonly [number, number]
  const pixels = batch * height * width
  const [rows, columns] = plan.axes.map(({ count }, axis) =>
    Array.from({ length: numbers[axis]! }, (_, at) =>
      Array.from({ length: count }, (_, tile) => {
        const place = pixel(axis, tile, at)
        return place >= 0 && place < size[axis]! ? place : undefined
      }),
    ),
  ) as [(number | undefined)[][], (number | undefined)[][]]
  const reachesOver = [rows, columns].some((axis) => axis.flat().includes(undefined))
  const tiles = batch * plan.axes[0].count * plan.axes[1].count
  const length = numbers[0]! * numbers[1]! * tiles
  const index = builder.shared(`tiles ${batch} ${numbers} ${key} ${keyOf(plan)}`, () => {
    const places = new Int32Array(length)
    let at = 0
    for (const ys of rows) {
      for (const xs of columns) {
        for (let image = 0; image < batch; image++) {
          for (const y of ys) {
            for (const x of xs) {
              const isInside = y !== undefined && x !== undefined
              places[at++] = isInside ? (image * height + y) * width + x : pixels
            }
          }
        }
      }
    }
    return constant(places, [length], 'int32')
  })
  let flat = builder.reshape(x, [pixels, channels])
  if (reachesOver) flat = builder.concat([flat, builder.ones(0, [1, channels])], 0)
  const gathered = builder.gather(flat, index, 0)
  return builder.reshape(gathered, [numbers[0]! * numbers[1]!, tiles, channels])
}

/** One of the matrices for both axes. */
function matrixOf(
  builder: OnnxBuilder,
  plan: WinogradPlan,
  name: string,
  pick: (of: WinogradMatrices) => readonly (readonly number[])[],
): Value {
  return builder.shared(`Winograd ${name} ${keyOf(plan)}`, () => {
    const [rows, columns] = plan.axes.map(({ tile, taps }) => pick(winogradMatrices(tile, taps)))
    const matrix = kronecker(rows!, columns!)
    return builder.tensor(matrix.flat(), [matrix.length, matrix[0]!.length])
  })
}

function keyOf({ axes }: WinogradPlan): string {
  return axes.map(({ taps, tile, count }: WinogradAxis) => `${taps}/${tile}/${count}`).join()
}
