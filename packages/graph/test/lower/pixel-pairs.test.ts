import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import {
  arePairsQuicker,
  isWorthPairing,
  type PairPlan,
  pairPlan,
  pairProducts,
} from '../../src/lower/pixel-pairs.ts'
import { type Window, type WindowAttrs, windowOf } from '../../src/lower/window.ts'
import { closeTo } from '../support/close-to.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('convolutions by pairs of pixels and taps')

interface Case {
  readonly name: string
  readonly space: readonly [number, number]
  readonly kernel: readonly [number, number]
  readonly attrs?: Partial<WindowAttrs>
}

const cases: readonly Case[] = [
  { name: 'four pixels', space: [2, 2], kernel: [3, 3] },
  { name: 'pixels that few taps meet', space: [3, 2], kernel: [3, 3] },
  { name: 'one row', space: [1, 2], kernel: [1, 3] },
  { name: 'a stride', space: [3, 4], kernel: [3, 3], attrs: { strides: 2 } },
  {
    name: 'padded more at one side',
    space: [2, 2],
    kernel: [2, 3],
    attrs: {
      pad: [
        [0, 0],
        [2, 0],
        [1, 1],
        [0, 0],
      ],
    },
  },
  { name: 'gaps between taps', space: [3, 3], kernel: [3, 3], attrs: { dilations: 2 } },
]

/** Windows of any geometry that mostly see padding. */
function generated(): readonly Case[] {
  const random = seedrandom.alea('pairs')
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  const both = (most: number) => [upTo(most), upTo(most)] as const
  const found: Case[] = []
  while (found.length < 12) {
    const [space, kernel] = [both(5), both(4)]
    const side = (taps: number) => [upTo(taps) - 1, upTo(taps) - 1] as const
    const pad = [[0, 0], ...kernel.map(side), [0, 0]] as const
    const attrs = { strides: both(2), dilations: both(2), pad }
    const window = windowOf(space, kernel, attrs)
    const isEmpty = window.output.some((size) => size <= 0)
    if (isEmpty || pairPlan({ window, ...sizes }) === undefined) continue
    const name = `${kernel.join(' x ')} over ${space.join(' x ')}, ${JSON.stringify(attrs)}`
    found.push({ name, space, kernel, attrs })
  }
  return found
}

const [BATCH, INPUTS, OUTPUTS] = [3, 5, 4] as const
const sizes = { batch: BATCH, inputs: INPUTS, outputs: OUTPUTS }

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

for (const { name, space, kernel, attrs } of [...cases, ...generated()]) {
  const window = windowOf(space, kernel, { strides: 1, pad: 'same', ...attrs })
  const [height, width] = window.output as readonly [number, number]
  const x = numbers(BATCH * space[0] * space[1] * INPUTS, 1)
  const filter = numbers(kernel[0] * kernel[1] * INPUTS * OUTPUTS, 2)
  const dy = numbers(BATCH * height * width * OUTPUTS, 3)
  const filterShape = [...kernel, INPUTS, OUTPUTS]

  test(`${name}: results`, async () => {
    const expected = new Float64Array(dy.length)
    eachPair(window, (image, result, tap) => {
      for (let i = 0; i < INPUTS; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          expected[result * OUTPUTS + o]! +=
            x[image * INPUTS + i]! * filter[(tap * INPUTS + i) * OUTPUTS + o]!
        }
      }
    })
    const shapes = [[BATCH, ...space, INPUTS], filterShape] as const
    closeTo(await run([x, filter], shapes, pairPlan({ window, ...sizes })!), expected)
  })

  test(`${name}: gradient by the input`, async () => {
    const expected = new Float64Array(x.length)
    eachPair(window, (image, result, tap) => {
      for (let i = 0; i < INPUTS; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          expected[image * INPUTS + i]! +=
            dy[result * OUTPUTS + o]! * filter[(tap * INPUTS + i) * OUTPUTS + o]!
        }
      }
    })
    const shapes = [[BATCH, height, width, OUTPUTS], filterShape] as const
    closeTo(await run([dy, filter], shapes, pairPlan({ window, ...sizes }, true)!, true), expected)
  })
}

function planOf(size: number, { batch = 32, channels = 256, kernel = [3, 3] } = {}) {
  const window = windowOf([size, size], kernel, { strides: 1, pad: 'same' })
  return pairPlan({ window, batch, inputs: channels, outputs: channels })
}

test('four pixels of many channels are worth it: all taps at once with two pixels each, and the rest of the middle one', () => {
  const plan = planOf(2, { batch: 64 })!
  assert.ok(arePairsQuicker(plan))
  assert.is(plan.size, 2)
  assert.equal(
    plan.pieces.map(({ tap }) => tap),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 4],
  )
})

test('few channels are not, nor are larger images', () => {
  assert.not(isWorthPairing(planOf(2, { channels: 32 })))
  assert.not(arePairsQuicker(planOf(3)))
  assert.not(arePairsQuicker(planOf(4, { channels: 1024 })))
  assert.is(planOf(5, { channels: 1024 }), undefined)
  assert.not(isWorthPairing(undefined))
  assert.not(arePairsQuicker(undefined))
})

test('windows that see nothing but the image, a tap that meets no pixel and no images have no plan', () => {
  assert.is(planOf(8, { kernel: [1, 1] }), undefined)
  assert.is(planOf(2, { kernel: [5, 5] }), undefined)
  assert.is(planOf(2, { batch: 0 }), undefined)
})

test('taps that lie far apart on a large image are planned as well, as long as the graph can hold their pairs', () => {
  const window = windowOf([65, 65], [3, 3], { strides: 1, pad: 'same', dilations: 36 })
  const plan = pairPlan({ window, batch: 4, inputs: 64, outputs: 64 })!
  const pairs = plan.pieces.reduce((sum, piece) => sum + piece.pairs.length, 0)
  assert.is(pairs, (65 + 2 * (65 - 36)) ** 2)
  assert.is(pairPlan({ window, batch: 64, inputs: 64, outputs: 64 }), undefined)
})

async function run(
  [x, filter]: readonly [Float32Array, Float32Array],
  [xShape, filterShape]: readonly [readonly number[], readonly number[]],
  plan: PairPlan,
  isTurned = false,
): Promise<Float32Array> {
  const graph = emptyGraph()
  const given = {
    x: createValue(xShape, 'float32', { name: 'x' }),
    filter: createValue(filterShape, 'float32', { name: 'filter' }),
  }
  for (const [name, value] of Object.entries(given)) {
    graph.inputs.push({ name, value, state: false })
  }
  const value = pairProducts(new OnnxBuilder(graph), given, plan, isTurned)
  graph.outputs.push({ name: 'result', value, state: false })
  const [y] = await runLowered(graph, { x, filter })
  return y!
}

/** Calls back for each pixel that each tap of each window sees, with where pixel, result and tap stand. */
function eachPair(
  { kernel, strides, dilations, before, input, output }: Window,
  tell: (image: number, result: number, tap: number) => void,
): void {
  const [height, width] = output as readonly [number, number]
  for (let at = 0; at < BATCH * height * width; at++) {
    const sample = Math.floor(at / (height * width))
    const position = [Math.floor(at / width) % height, at % width]
    for (let tap = 0; tap < kernel[0]! * kernel[1]!; tap++) {
      const offsets = [Math.floor(tap / kernel[1]!), tap % kernel[1]!]
      const [y, x] = position.map(
        (each, axis) => each * strides[axis]! - before[axis]! + offsets[axis]! * dilations[axis]!,
      ) as [number, number]
      if (y < 0 || y >= input[0]! || x < 0 || x >= input[1]!) continue
      tell((sample * input[0]! + y) * input[1]! + x, at, tap)
    }
  }
}

test.run()
