import { sizeOf, type Value } from '../ir/index.ts'
import { blockedConvolution, blockFilter, blockFlippedFilter } from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'
import { MOST_REACH, winogradMatrices } from './winograd-matrices.ts'

/*
 * Winograd's convolution (see winograd.ts) along the image's height alone, which lets images stay in blocks of channels: rows are transformed as they lie, by one small depthwise
 * convolution for each number of a tile, and what is left are as many convolutions along the width. It saves half of the products where tiles for both axes save three quarters, but
 * gathers nothing.
 */

/** Tiles of rows, and what they cost. */
export interface RowTiles {
  /** Rows of results of a tile. */
  readonly tile: number
  /** Rows that a tile is made of; as many convolutions. */
  readonly reach: number
  /** Number of tiles of an image. */
  readonly count: number
  /** Estimated share of the time that a direct convolution takes. */
  readonly share: number
}

/** Multiply-adds, for each channel of a block, that take as long as transforming a number of the image, or of the result: memory is as quick where vectors are half as wide. */
const TRANSFORMED = 65 / 16

/** The same for all nodes that this takes more of. */
const NODES = 750e3

/** Plans of a larger share than this are not taken unmeasured. */
const WORTH_IT = 0.85

/** Most numbers of image and result together: 16 MiB. Each transform reads what the last one did, which is worth it in cache alone; and it bounds what a step holds meanwhile. */
const MOST_NUMBERS = 4 * 1024 * 1024

/** Images of less height or width are left to other forms: of their tiles much is padding, and each node has little to do. */
const LEAST_SIDE = 8

/** Fewer windows than this, and the nodes that it takes more of cost what it saves: a U-Net's of 1024 and 4096 lost 1 %. */
const LEAST_WINDOWS = 5000

/** A convolution: its window and its sizes. */
export interface RowTileSizes {
  /** Channels of a block. */
  readonly block: number
  readonly window: Window
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
}

/** Whether tiles of rows are likely quicker. */
export function areRowTilesQuicker(tiles: RowTiles | undefined): boolean {
  return tiles !== undefined && tiles.share < WORTH_IT
}

/**
 * How a convolution without stride is best cut into tiles of rows.
 *
 * @returns undefined where that saves nothing, images are large, or onnxruntime has no convolution with such sides.
 */
export function rowTiles(sizes: RowTileSizes): RowTiles | undefined {
  const { block, window, batch, inputs, outputs } = sizes
  const { kernel, before, input, output } = window
  const isPlain = [...window.strides, ...window.dilations].every((each) => each === 1)
  if (kernel.length !== 2 || !isPlain || sidesOf(window).some((side) => side < 0)) return undefined
  const [taps, rows] = [kernel[0]!, output[0]!]
  if (taps === 1 || before[0]! >= taps) return undefined
  if (block === 0 || Math.min(...input, ...output) < LEAST_SIDE) return undefined
  const held = batch * (inputs * Number(sizeOf(input)) + outputs * Number(sizeOf(output)))
  if (held > MOST_NUMBERS) return undefined
  const windows = batch * Number(sizeOf(output))
  if (windows < LEAST_WINDOWS) return undefined
  const lost = block * (TRANSFORMED * (inputs + outputs) + NODES / windows)
  const direct = taps * kernel[1]! * inputs * outputs
  const all = Array.from({ length: Math.max(MOST_REACH - taps, 0) }, (_, at): RowTiles => {
    const tile = at + 2
    const reach = tile + taps - 1
    const count = Math.ceil(rows / tile)
    const products = ((reach * count) / rows) * kernel[1]! * inputs * outputs
    const share = (products + lost) / direct
    return { tile, reach, count, share }
  })
  const best = all.reduce<RowTiles | undefined>(
    (least, each) => (least === undefined || each.share < least.share ? each : least),
    undefined,
  )
  return best !== undefined && best.share < 1 ? best : undefined
}

/**
 * A convolution without stride.
 *
 * @param x in blocks of channels: the image, or for the gradient by the input what is known of the result.
 * @param filter [...kernel, inputs, outputs]
 * @param window of the convolution of `x`.
 * @param isTurned for the gradient by the input: the filter is turned round.
 * @returns in blocks of channels.
 */
export function blockedWinograd(
  builder: OnnxBuilder,
  { x, filter }: { readonly x: Value; readonly filter: Value },
  window: Window,
  { tile, reach, count }: RowTiles,
  block: number,
  isTurned = false,
): Value {
  const [taps, width] = window.kernel as readonly [number, number]
  const [inputs, outputs] = filter.shape.slice(-2) as readonly number[] as [number, number]
  const matrices = winogradMatrices(tile, taps)
  const filters = transformedRows(
    builder,
    (isTurned ? blockFlippedFilter : blockFilter)(builder, filter, block),
    matrices.filter,
    block,
  )
  const [batch] = x.shape as readonly [number]
  const channels = isTurned ? inputs : outputs
  const [rows, columns] = window.output as readonly [number, number]
  const [, left, , right] = sidesOf(window) as readonly [number, number, number, number]
  const products = filters.map((each, at) => {
    const plane = planeOf(builder, x, window, { row: matrices.input[at]!, tile, count, block })
    const shape = [batch, channels, count, columns]
    const attrs = { kernel_shape: [1, width], pads: [0, left, 0, right] }
    const product = blockedConvolution(builder, [plane, each], attrs, shape)
    return builder.reshape(product, [(batch * channels) / block, count, columns * block])
  })
  const back = builder.shared(`Winograd rows ${rows} of tiles ${tile} ${taps}`, () => {
    const matrix = Array.from({ length: rows }, (_, row) =>
      matrices.output[row % tile]!.flatMap((factor) =>
        Array.from({ length: count }, (_, at) => (at === Math.floor(row / tile) ? factor : 0)),
      ),
    )
    return builder.tensor(matrix.flat(), [rows, reach * count])
  })
  const results = builder.matMul(back, builder.concat(products, 1))
  return builder.reshape(results, [batch, channels, rows, columns])
}

/** A filter in blocks, [outputs, inputs, height, width], as one of a single row for each number of a transformed tile. */
function transformedRows(
  builder: OnnxBuilder,
  filter: Value,
  rows: readonly (readonly number[])[],
  block: number,
): Value[] {
  const [outputs, inputs, taps, width] = filter.shape as readonly [number, number, number, number]
  const matrix = builder.shared(`Winograd rows of filters ${rows}`, () =>
    builder.tensor(rows.flat(), [rows.length, taps]),
  )
  const squares = (outputs * inputs) / block ** 2
  const numbers = width * block ** 2
  const given = builder.reshape(filter, [squares, taps, numbers])
  const parts = builder.nodes(
    'Split',
    [builder.matMul(matrix, given)],
    { axis: 1 },
    rows.map(() => ({ shape: [squares, 1, numbers], dtype: filter.dtype })),
  )
  return parts.map((part) => builder.reshape(part, [outputs, inputs, 1, width]))
}

interface Plane extends Pick<RowTiles, 'tile' | 'count'> {
  /** Of the matrix that transforms a tile. */
  readonly row: readonly number[]
  readonly block: number
}

/** One number of each transformed tile: [batch, channels, tiles, width]. Zeros at the ends of its row are left out, at the beginning as many as there are zeros above the image. */
function planeOf(
  builder: OnnxBuilder,
  x: Value,
  { before, input }: Window,
  { row, tile, count, block }: Plane,
): Value {
  const [batch, channels] = x.shape as readonly [number, number]
  const [height, width] = input as readonly [number, number]
  const first = Math.min(
    row.findIndex((each) => each !== 0),
    before[0]!,
  )
  const last = row.findLastIndex((each) => each !== 0)
  const numbers = row.slice(first, last + 1)
  const start = before[0]! - first
  const weights = builder.shared(`Winograd row ${numbers} ${channels} ${block}`, () => {
    const perBlock = numbers.flatMap((each) => Array.from({ length: block }, () => each))
    const data = Array.from({ length: channels / block }, () => perBlock).flat()
    return builder.tensor(data, [channels, 1, numbers.length, 1])
  })
  const end = Math.max((count - 1) * tile + numbers.length - height - start, 0)
  return blockedConvolution(
    builder,
    [x, weights],
    {
      kernel_shape: [numbers.length, 1],
      strides: [tile, 1],
      pads: [start, 0, end, 0],
      group: channels,
    },
    [batch, channels, count, width],
  )
}

/** Zeros before each axis, then after each, as results need them. */
function sidesOf({ kernel, before, input, output }: Window): readonly number[] {
  return [
    ...before,
    ...output.map((size, axis) => size + kernel[axis]! - 1 - input[axis]! - before[axis]!),
  ]
}
