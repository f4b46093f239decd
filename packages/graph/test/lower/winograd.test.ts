import { suite } from 'uvu'
import { createValue, emptyGraph, type Value } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { type Padding, type Window, windowOf } from '../../src/lower/window.ts'
import {
  winogradConvolution,
  winogradFilterGradient,
  winogradInputGradient,
} from '../../src/lower/winograd.ts'
import { MOST_REACH } from '../../src/lower/winograd-matrices.ts'
import type { WinogradPlan } from '../../src/lower/winograd-plan.ts'
import { closeTo } from '../support/close-to.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('Winograd convolutions')

/**
 * Largest error, of the largest result. What is transformed is rounded before it is summed up, so errors go by the sums' terms: over a million results of 256 channels, tiles of 4
 * are off by 1.3e-6 of the results' deviation on average and by 1.3e-5 at most, where float32 sums are by 3e-7 on average. One wrong coefficient shows in the second digit.
 */
const ROUNDING = 2e-5

interface Case {
  readonly name: string
  readonly space: readonly [number, number]
  readonly kernel: readonly [number, number]
  readonly pad?: Padding
  readonly tiles: readonly [number, number]
}

const cases: readonly Case[] = [
  { name: 'whole tiles', space: [8, 8], kernel: [3, 3], tiles: [4, 4] },
  { name: 'tiles over the edge', space: [7, 5], kernel: [3, 3], tiles: [4, 4] },
  { name: 'tiles of two sizes', space: [7, 8], kernel: [3, 3], tiles: [3, 2] },
  { name: 'without padding', space: [7, 6], kernel: [3, 3], pad: 'valid', tiles: [4, 4] },
  {
    name: 'one tile alone, nothing over the edge',
    space: [6, 6],
    kernel: [3, 3],
    pad: 'valid',
    tiles: [4, 4],
  },
  {
    name: 'padded more at one side',
    space: [5, 6],
    kernel: [3, 3],
    pad: [
      [0, 0],
      [2, 0],
      [0, 3],
      [0, 0],
    ],
    tiles: [4, 3],
  },
  { name: 'a filter of two sizes', space: [6, 7], kernel: [2, 5], tiles: [4, 2] },
  { name: 'a filter along one axis', space: [1, 11], kernel: [1, 3], tiles: [1, 4] },
]

const BATCH = 3
const INPUTS = 5
const OUTPUTS = 4

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

for (const { name, space, kernel, pad = 'same', tiles } of cases) {
  const window = windowOf(space, kernel, { strides: 1, pad })
  const plan = planOf(window, tiles)
  const x = numbers(BATCH * space[0] * space[1] * INPUTS, 1)
  const filter = numbers(kernel[0] * kernel[1] * INPUTS * OUTPUTS, 2)
  const [height, width] = window.output as readonly [number, number]
  const dy = numbers(BATCH * height * width * OUTPUTS, 3)
  const shapes = {
    x: [BATCH, ...space, INPUTS],
    filter: [...kernel, INPUTS, OUTPUTS],
    dy: [BATCH, height, width, OUTPUTS],
  }

  test(`${name}: results`, async () => {
    const [y] = await run({ x, filter }, shapes, (builder, given) =>
      winogradConvolution(builder, { x: given.x!, filter: given.filter! }, window, plan),
    )
    const expected = new Float64Array(dy.length)
    eachTap(window, (image, result, weights) => {
      for (let i = 0; i < INPUTS; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          expected[result * OUTPUTS + o]! +=
            x[image * INPUTS + i]! * filter[(weights * INPUTS + i) * OUTPUTS + o]!
        }
      }
    })
    closeTo(y!, expected, ROUNDING)
  })

  test(`${name}: gradient by the input`, async () => {
    const before = window.before.map((side, axis) => kernel[axis]! - 1 - side)
    const turned = { ...window, before, input: window.output, output: window.input }
    const [dx] = await run({ dy, filter }, shapes, (builder, given) =>
      winogradInputGradient(
        builder,
        { dy: given.dy!, filter: given.filter! },
        turned,
        planOf(turned, tiles),
      ),
    )
    const expected = new Float64Array(x.length)
    eachTap(window, (image, result, weights) => {
      for (let i = 0; i < INPUTS; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          expected[image * INPUTS + i]! +=
            dy[result * OUTPUTS + o]! * filter[(weights * INPUTS + i) * OUTPUTS + o]!
        }
      }
    })
    closeTo(dx!, expected, ROUNDING)
  })

  test(`${name}: gradient by the filter`, async () => {
    const [df] = await run({ x, dy }, shapes, (builder, given) =>
      winogradFilterGradient(builder, { x: given.x!, dy: given.dy! }, window, plan),
    )
    const expected = new Float64Array(filter.length)
    eachTap(window, (image, result, weights) => {
      for (let i = 0; i < INPUTS; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          expected[(weights * INPUTS + i) * OUTPUTS + o]! +=
            x[image * INPUTS + i]! * dy[result * OUTPUTS + o]!
        }
      }
    })
    closeTo(df!, expected, ROUNDING)
  })
}

function planOf({ kernel, output }: Window, tiles: readonly [number, number]): WinogradPlan {
  const [rows, columns] = tiles.map((tile, axis) => {
    const reach = tile + kernel[axis]! - 1
    if (reach > MOST_REACH) throw new Error(`no points for ${reach} numbers`)
    return { taps: kernel[axis]!, tile, reach, count: Math.ceil(output[axis]! / tile) }
  })
  return { axes: [rows!, columns!], share: 0 }
}

/** Calls back for each pixel that each tap of each window sees, with where pixel, result and tap stand. */
function eachTap(
  { kernel, before, input, output }: Window,
  tell: (image: number, result: number, weights: number) => void,
): void {
  const [height, width] = output as readonly [number, number]
  for (let at = 0; at < BATCH * height * width; at++) {
    const [n, y, x] = [
      Math.floor(at / (height * width)),
      Math.floor(at / width) % height,
      at % width,
    ]
    for (let tap = 0; tap < kernel[0]! * kernel[1]!; tap++) {
      const row = y + Math.floor(tap / kernel[1]!) - before[0]!
      const column = x + (tap % kernel[1]!) - before[1]!
      if (row < 0 || row >= input[0]! || column < 0 || column >= input[1]!) continue
      tell((n * input[0]! + row) * input[1]! + column, at, tap)
    }
  }
}

async function run(
  feeds: Record<string, Float32Array>,
  shapes: Readonly<Record<string, readonly number[]>>,
  make: (builder: OnnxBuilder, given: Record<string, Value>) => Value,
): Promise<Float32Array[]> {
  const graph = emptyGraph()
  const given: Record<string, Value> = {}
  for (const name of Object.keys(feeds)) {
    const value = createValue(shapes[name]!, 'float32', { name })
    given[name] = value
    graph.inputs.push({ name, value, state: false })
  }
  const value = make(new OnnxBuilder(graph), given)
  graph.outputs.push({ name: 'result', value, state: false })
  return runLowered(graph, feeds)
}

test.run()
