import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph } from '../../src/ir/index.ts'
import {
  areRowTilesQuicker,
  blockedWinograd,
  type RowTiles,
  rowTiles,
} from '../../src/lower/blocked-winograd.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { type Padding, type Window, type WindowAttrs, windowOf } from '../../src/lower/window.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from '../support/close-to.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('Winograd convolutions in blocks of channels')

/** See winograd.test.ts: there along both axes, which loses more. */
const ROUNDING = 1e-5

interface Case {
  readonly name: string
  readonly space: readonly [number, number]
  readonly kernel: readonly [number, number]
  readonly pad?: Padding
  readonly tile: number
}

const cases: readonly Case[] = [
  { name: 'whole tiles of four rows', space: [8, 5], kernel: [3, 3], tile: 4 },
  { name: 'tiles of three rows', space: [9, 9], kernel: [3, 3], tile: 3 },
  { name: 'tiles of two rows', space: [4, 3], kernel: [3, 3], tile: 2 },
  { name: 'rows over the edge', space: [7, 7], kernel: [3, 3], tile: 4 },
  { name: 'one row over the edge', space: [5, 6], kernel: [3, 3], tile: 4 },
  { name: 'one tile of less', space: [2, 3], kernel: [3, 3], tile: 3 },
  { name: 'without padding', space: [8, 6], kernel: [3, 3], pad: 'valid', tile: 4 },
  { name: 'without padding, tiles of three', space: [8, 6], kernel: [3, 3], pad: 'valid', tile: 3 },
  {
    name: 'padded more at one side',
    space: [5, 6],
    kernel: [3, 3],
    pad: [
      [0, 0],
      [2, 0],
      [0, 2],
      [0, 0],
    ],
    tile: 3,
  },
  { name: 'two taps', space: [6, 5], kernel: [2, 3], tile: 4 },
  { name: 'four taps', space: [7, 5], kernel: [4, 1], tile: 3 },
]

const { block } = await cpuTarget()
const [BATCH, INPUTS, OUTPUTS] = [2, 2 * block, block] as const

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

for (const { name, space, kernel, pad = 'same', tile } of cases) {
  const window = windowOf(space, kernel, { strides: 1, pad })
  const filter = numbers(kernel[0] * kernel[1] * INPUTS * OUTPUTS, 2)
  const filterShape = [...kernel, INPUTS, OUTPUTS]

  test(`${name}: results`, async () => {
    const x = numbers(BATCH * space[0] * space[1] * INPUTS, 1)
    const [y, expected] = await both({ x, filter, filterShape, window, tile, isTurned: false })
    closeTo(y, expected, ROUNDING)
  })

  test(`${name}: gradient by the input`, async () => {
    const before = window.before.map((side, axis) => kernel[axis]! - 1 - side)
    const turned = { ...window, before, input: window.output, output: window.input }
    const dy = numbers(BATCH * window.output[0]! * window.output[1]! * OUTPUTS, 3)
    const given = { x: dy, filter, filterShape, window: turned, tile, isTurned: true }
    const [dx, expected] = await both(given)
    closeTo(dx, expected, ROUNDING)
  })
}

const planFor = (window: Window, channels = 64, batch = 128, block = 16) =>
  rowTiles({ block, window, batch, inputs: channels, outputs: channels })

function planOf(size: number, channels: number, attrs: Partial<WindowAttrs> = {}, kernel = [3, 3]) {
  const window = windowOf([size, size], kernel, { strides: 1, pad: 'same', ...attrs })
  return planFor(window, channels)
}

test('tiles are as high as fits the image', () => {
  const sizes = [16, 14, 10, 9, 8]
  assert.equal(
    sizes.map((size) => planOf(size, 64)!.tile),
    [4, 4, 4, 3, 4],
  )
})

test('64 channels are worth it, 32 are not', () => {
  assert.ok(areRowTilesQuicker(planOf(16, 64)))
  assert.ok(areRowTilesQuicker(planOf(9, 64)))
  assert.not(areRowTilesQuicker(planOf(16, 32)))
  assert.not(areRowTilesQuicker(undefined))
})

test('narrow vectors, which compute less while memory brings a number, are worth it from 32 channels on', () => {
  const window = windowOf([16, 16], [3, 3], { strides: 1, pad: 'same' })
  const isQuicker = [64, 32, 16].map((channels) =>
    areRowTilesQuicker(planFor(window, channels, 128, 8)),
  )
  assert.equal(isQuicker, [true, true, false])
})

test('images of less than eight rows or columns, and targets without blocks, are left to other forms', () => {
  assert.is(planOf(7, 64), undefined)
  for (const space of [
    [7, 16],
    [16, 7],
  ]) {
    assert.is(planFor(windowOf(space, [3, 3], { strides: 1, pad: 'same' })), undefined)
  }
  const window = windowOf([16, 16], [3, 3], { strides: 1, pad: 'same' })
  const sizes = { window, batch: 64, inputs: 64, outputs: 64 }
  assert.is(rowTiles({ ...sizes, block: 0 }), undefined)
  assert.ok(rowTiles({ ...sizes, block: 8 }))
  assert.ok(rowTiles({ ...sizes, block: 16 }))
})

test('few windows are not worth the nodes that it takes more of', () => {
  const window = windowOf([9, 9], [3, 3], { strides: 1, pad: 'same' })
  assert.is(planFor(window, 64, 61), undefined)
  assert.ok(planFor(window, 64, 62))
})

test('images that no cache holds are left to the direct convolution, and few of them are not', () => {
  const window = windowOf([64, 64], [3, 3], { strides: 1, pad: 'same' })
  assert.is(planFor(window, 64, 32), undefined)
  assert.ok(areRowTilesQuicker(planFor(window, 64, 4)))
})

test('strides, gaps, one tap, many taps and three axes leave nothing to save', () => {
  assert.is(planOf(8, 64, { strides: 2 }), undefined)
  assert.is(planOf(8, 64, { dilations: 2 }), undefined)
  assert.is(planOf(8, 64, {}, [1, 3]), undefined)
  assert.is(planOf(8, 64, {}, [9, 3]), undefined)
  const window = windowOf([4, 4, 4], [3, 3, 3], { strides: 1, pad: 'same' })
  assert.is(planFor(window), undefined)
})

test('sides that onnxruntime has no convolution for are left to other forms', () => {
  const pad = [
    [0, 0],
    [3, 0],
    [1, 1],
    [0, 0],
  ] as const
  assert.is(planOf(8, 64, { pad }), undefined)
  const turned = windowOf([8, 8], [3, 3], { strides: 1, pad })
  const before = turned.before.map((side) => 2 - side)
  const window = { ...turned, before, input: turned.output, output: turned.input }
  assert.is(planFor(window), undefined)
})

interface Given {
  readonly x: Float32Array
  readonly filter: Float32Array
  readonly filterShape: readonly number[]
  readonly window: Window
  readonly tile: number
  readonly isTurned: boolean
}

/** What it gives, and what is right, both with channels last. */
async function both(given: Given): Promise<[Float32Array, Float64Array]> {
  const { x, filter, filterShape, window, tile, isTurned } = given
  const [rows, columns] = window.input as readonly [number, number]
  const [channels, results] = isTurned ? [OUTPUTS, INPUTS] : [INPUTS, OUTPUTS]
  const tiles: RowTiles = {
    tile,
    reach: tile + window.kernel[0]! - 1,
    count: Math.ceil(window.output[0]! / tile),
    share: 0,
  }
  const graph = emptyGraph()
  const operands = {
    x: createValue([BATCH, channels, rows, columns], 'float32', { name: 'x' }),
    filter: createValue(filterShape, 'float32', { name: 'filter' }),
  }
  for (const [name, value] of Object.entries(operands)) {
    graph.inputs.push({ name, value, state: false })
  }
  const builder = new OnnxBuilder(graph)
  const value = blockedWinograd(builder, operands, window, tiles, block, isTurned)
  graph.outputs.push({ name: 'result', value, state: false })
  const input = inBlocks(x, rows * columns, channels)
  const [y] = await runLowered(graph, { x: input, filter })
  const pixels = window.output[0]! * window.output[1]!
  return [inBlocks(y!, pixels, results, true), expected(given, channels, results)]
}

/** Channels last to blocks of them, or back. */
function inBlocks(x: Float32Array, pixels: number, channels: number, isBack = false): Float32Array {
  const moved = new Float32Array(x.length)
  for (let last = 0; last < x.length; last++) {
    const [channel, at] = [last % channels, Math.floor(last / channels)]
    const [image, pixel] = [Math.floor(at / pixels), at % pixels]
    const row = (image * channels) / block + Math.floor(channel / block)
    const blocked = (row * pixels + pixel) * block + (channel % block)
    if (isBack) moved[last] = x[blocked]!
    else moved[blocked] = x[last]!
  }
  return moved
}

/** In double precision. */
function expected(
  { x, filter, window, isTurned }: Given,
  channels: number,
  results: number,
): Float64Array {
  const { kernel, before, input, output } = window
  const [height, width] = output as readonly [number, number]
  const sums = new Float64Array(BATCH * height * width * results)
  for (let at = 0; at < BATCH * height * width; at++) {
    const image = Math.floor(at / (height * width))
    for (let tap = 0; tap < kernel[0]! * kernel[1]!; tap++) {
      const row = (Math.floor(at / width) % height) + Math.floor(tap / kernel[1]!) - before[0]!
      const column = (at % width) + (tap % kernel[1]!) - before[1]!
      if (row < 0 || row >= input[0]! || column < 0 || column >= input[1]!) continue
      const pixel = (image * input[0]! + row) * input[1]! + column
      const weights = isTurned ? kernel[0]! * kernel[1]! - 1 - tap : tap
      for (let c = 0; c < channels; c++) {
        for (let r = 0; r < results; r++) {
          const weight = isTurned ? r * OUTPUTS + c : c * OUTPUTS + r
          sums[at * results + r]! +=
            x[pixel * channels + c]! * filter[weights * INPUTS * OUTPUTS + weight]!
        }
      }
    }
  }
  return sums
}

test.run()
