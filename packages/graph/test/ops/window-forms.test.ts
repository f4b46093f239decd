import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { type Node, namedInput, sizeOf } from '../../src/ir/index.ts'
import type { FormCall } from '../../src/lower/forms.ts'
import { positions } from '../../src/lower/im2col.ts'
import { type Window, type WindowAttrs, windowOf } from '../../src/lower/window.ts'
import { rowAt } from '../../src/lower/window-rows.ts'
import { findKernel } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample } from '../support/kernel-example.ts'
import { runLowered } from '../support/run-lowered.ts'

registerOps()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const { test, slow } = tieredSuite(
  'convolutions and pools of any geometry, in every form that fits',
)

/** A kernel's call with random numbers, and what it gives by the definition. */
interface Call {
  readonly kernel: string
  readonly attrs: object
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly expected: Float64Array
}

interface Tensor {
  readonly shape: readonly number[]
  readonly numbers: Float32Array
}

interface Geometry {
  readonly window: Window
  readonly attrs: WindowAttrs
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
  draw(shape: readonly number[]): Tensor
}

/** More multiplications than this take a definition too long. */
const MOST_WORK = 4e5

/** Kernels may be larger than the image, padding larger than the kernel, and nothing need be a whole number of anything. */
function geometryOf(seed: string, most: { dilations?: number; channels?: number } = {}): Geometry {
  const random = seedrandom.alea(seed)
  const upTo = (count: number) => 1 + Math.floor(random() * count)
  const of = <T>(list: readonly T[]): T => list[upTo(list.length) - 1]!
  const draw = (shape: readonly number[]): Tensor => ({
    shape,
    // Whole numbers: many are equal, and no sum is rounded.
    numbers: Float32Array.from({ length: Number(sizeOf(shape)) }, () => upTo(7) - 4),
  })
  for (;;) {
    const space = [upTo(9), upTo(9)]
    const kernel = [of([1, 1, 2, 3, 3, 5]), of([1, 1, 2, 3, 3, 4])]
    const strides = of([
      [1, 1],
      [1, 1],
      [2, 2],
      [upTo(3), upTo(3)],
    ])
    const dilations = of([
      [1, 1],
      [1, 1],
      [upTo(2), upTo(2)],
    ])
    const side = (taps: number) => [upTo(taps + 2) - 1, upTo(taps + 2) - 1] as const
    const pairs = [[0, 0] as const, ...kernel.map(side), [0, 0] as const]
    const pad = of<WindowAttrs['pad']>(['same', 'same', 'valid', pairs, upTo(2)])
    const dimRoundingMode = typeof pad === 'string' ? undefined : of(['floor', 'ceil'] as const)
    const isDense = most.dilations === 1
    const attrs = {
      ...{ strides, pad, dilations: isDense ? [1, 1] : dilations },
      ...(dimRoundingMode && { dimRoundingMode }),
    }
    const window = windowOf(space, kernel, attrs)
    const channels = [1, 2, 3, 8, 15, 16, 16, 16, 17, 32, 32, 33, 48] as const
    const batch = of([1, 2, 3, 4, 7, 8, 16, 16, 32])
    const [inputs, outputs] = [of(channels), of(channels)]
    const work = batch * Number(sizeOf(window.output)) * Number(sizeOf(kernel)) * inputs * outputs
    if (window.output.every((size) => size > 0) && work <= MOST_WORK) {
      return { window, attrs, batch, inputs, outputs, draw }
    }
  }
}

/** Calls back with the rows of pixel, result and tap that meet. */
function eachMeeting(
  { window, batch }: Geometry,
  tell: (pixel: number, result: number, tap: number) => void,
): void {
  const [pixels, results] = [Number(sizeOf(window.input)), Number(sizeOf(window.output))]
  for (const [tap, place] of positions(window.kernel).entries()) {
    for (const [result, position] of positions(window.output).entries()) {
      const pixel = rowAt(position, place, window)
      if (pixel === undefined) continue
      for (let image = 0; image < batch; image++) {
        tell(image * pixels + pixel, image * results + result, tap)
      }
    }
  }
}

/** The three tensors of a convolution. */
function tensorsOf(geometry: Geometry) {
  const { window, batch, inputs, outputs, draw } = geometry
  return {
    x: draw([batch, ...window.input, inputs]),
    filter: draw([...window.kernel, inputs, outputs]),
    dy: draw([batch, ...window.output, outputs]),
  }
}

/** Sums over all numbers that meet in a convolution. */
function convolved(
  geometry: Geometry,
  size: number,
  add: (into: Float64Array, x: number, filter: number, dy: number) => void,
): Float64Array {
  const { inputs, outputs } = geometry
  const sums = new Float64Array(size)
  eachMeeting(geometry, (pixel, result, tap) => {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        add(sums, pixel * inputs + i, (tap * inputs + i) * outputs + o, result * outputs + o)
      }
    }
  })
  return sums
}

const CALLS: Readonly<Record<string, (seed: string) => Call>> = {
  Conv2D(seed) {
    const geometry = geometryOf(seed)
    const { x, filter, dy } = tensorsOf(geometry)
    const attrs = { ...geometry.attrs, dataFormat: 'NHWC' }
    const expected = convolved(geometry, dy.numbers.length, (sums, at, weight, to) => {
      sums[to]! += x.numbers[at]! * filter.numbers[weight]!
    })
    return { kernel: 'Conv2D', attrs, inputs: { x, filter }, expected }
  },
  FusedConv2D(seed) {
    const call = CALLS.Conv2D!(seed)
    const outputs = call.inputs.filter!.shape.at(-1)!
    const numbers = Float32Array.from({ length: outputs }, (_, at) => (at % 5) - 2)
    const expected = call.expected.map((each, at) => Math.max(0, each + numbers[at % outputs]!))
    return {
      kernel: 'FusedConv2D',
      attrs: { ...call.attrs, activation: 'relu' },
      inputs: { ...call.inputs, bias: { shape: [outputs], numbers } },
      expected,
    }
  },
  Conv2DBackpropInput(seed) {
    // Of gaps between taps, the kernel knows nothing.
    const geometry = geometryOf(seed, { dilations: 1 })
    const { x, filter, dy } = tensorsOf(geometry)
    const attrs = { ...geometry.attrs, dataFormat: 'NHWC', inputShape: x.shape }
    const expected = convolved(geometry, x.numbers.length, (sums, at, weight, to) => {
      sums[at]! += dy.numbers[to]! * filter.numbers[weight]!
    })
    return { kernel: 'Conv2DBackpropInput', attrs, inputs: { dy, filter }, expected }
  },
  Conv2DBackpropFilter(seed) {
    const geometry = geometryOf(seed)
    const { x, filter, dy } = tensorsOf(geometry)
    const attrs = { ...geometry.attrs, dataFormat: 'NHWC', filterShape: filter.shape }
    const expected = convolved(geometry, filter.numbers.length, (sums, at, weight, to) => {
      sums[weight]! += x.numbers[at]! * dy.numbers[to]!
    })
    return { kernel: 'Conv2DBackpropFilter', attrs, inputs: { x, dy }, expected }
  },
  MaxPoolGrad(seed) {
    const geometry = geometryOf(seed, { dilations: 1 })
    const { inputs: channels, batch, window, draw } = geometry
    const input = draw([batch, ...window.input, channels])
    const dy = draw([batch, ...window.output, channels])
    // Of equal pixels the first: taps come in their order.
    const largest = new Int32Array(dy.numbers.length).fill(-1)
    eachMeeting(geometry, (pixel, result) => {
      for (let c = 0; c < channels; c++) {
        const best = largest[result * channels + c]!
        const at = pixel * channels + c
        if (best < 0 || input.numbers[at]! > input.numbers[best]!) {
          largest[result * channels + c] = at
        }
      }
    })
    const expected = new Float64Array(input.numbers.length)
    const output = Float32Array.from(largest, (at, result) => {
      if (at >= 0) expected[at]! += dy.numbers[result]!
      return at >= 0 ? input.numbers[at]! : 0
    })
    return {
      kernel: 'MaxPoolGrad',
      attrs: { ...geometry.attrs, filterSize: window.kernel },
      inputs: { dy, input, output: { shape: dy.shape, numbers: output } },
      expected,
    }
  },
  AvgPoolGrad(seed) {
    const geometry = geometryOf(seed, { dilations: 1 })
    const { inputs: channels, batch, window, draw } = geometry
    const input = draw([batch, ...window.input, channels])
    const dy = draw([batch, ...window.output, channels])
    const seen = new Float64Array(dy.numbers.length / channels)
    eachMeeting(geometry, (_, result) => {
      seen[result]!++
    })
    const expected = new Float64Array(input.numbers.length)
    eachMeeting(geometry, (pixel, result) => {
      for (let c = 0; c < channels; c++) {
        expected[pixel * channels + c]! += dy.numbers[result * channels + c]! / seen[result]!
      }
    })
    const attrs = { ...geometry.attrs, filterSize: window.kernel }
    return { kernel: 'AvgPoolGrad', attrs, inputs: { dy, input }, expected }
  },
}

/** A filter of one pixel that changes nothing, of a name that tells it from others. */
const HOLDER = 'holds '

/**
 * Runs a call once in each form that fits.
 *
 * @param held whether images of whole blocks come in blocks.
 * @returns names of the forms; a kernel without any has one.
 */
async function check(call: Call, held: boolean): Promise<readonly string[]> {
  const { block } = cpu
  const isHeld = ([, { shape }]: readonly [string, Tensor]) =>
    held && block > 0 && shape.length === 4 && shape.at(-1)! % block === 0
  const given = Object.entries(call.inputs)
  const isImage = (name: string) => findKernel(call.kernel)!.images?.includes(name) ?? false
  const holders = given.flatMap((each): [string, Tensor][] => {
    if (!isHeld(each) || !isImage(each[0])) return []
    const channels = each[1].shape.at(-1)!
    const numbers = Float32Array.from({ length: channels ** 2 }, (_, at) =>
      at % (channels + 1) === 0 ? 1 : 0,
    )
    return [[`${HOLDER}${each[0]}`, { shape: [1, 1, channels, channels], numbers }]]
  })
  const all = Object.fromEntries([...given, ...holders])
  const program = (count: number) => (tensors: Record<string, tf.Tensor>) => {
    const own = Object.keys(call.inputs).map((name) => {
      const filter = tensors[`${HOLDER}${name}`]
      if (filter === undefined) return [name, tensors[name]!]
      return [name, tf.conv2d(tensors[name] as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid')]
    })
    const run = () =>
      tf
        .engine()
        .runKernel(call.kernel, Object.fromEntries(own) as never, call.attrs as never) as tf.Tensor
    return Object.fromEntries(Array.from({ length: count }, (_, at) => [`y${at}`, run()]))
  }
  const isHolder = (node: Node) => namedInput(node, 'filter')?.name?.startsWith(HOLDER) ?? false
  const lowered = (count: number, choose: (call: FormCall, at: number) => string | undefined) => {
    let at = 0
    return lower(captureExample(program(count), all), cpu, {
      trains: true,
      choose: (each) => (isHolder(each.node) ? 'blocked' : choose(each, at++)),
    })
  }
  let forms: readonly string[] = []
  const one = lowered(1, (each) => {
    forms = each.forms
    return undefined
  })
  // Where one alone fits, there is nothing to choose.
  const own = one.nodes.find(
    ({ origin }) => origin?.node.op === call.kernel && !isHolder(origin.node),
  )?.origin?.form
  if (forms.length === 0) forms = [own ?? 'portable']
  const graph = lowered(forms.length, (_, at) => forms[at])
  const feeds = Object.entries(all).map(([name, { numbers }]) => [name, numbers] as const)
  const results = await runLowered(graph, Object.fromEntries(feeds))
  for (const [at, form] of forms.entries()) {
    try {
      closeTo(results[at]!, call.expected, form === 'winograd' ? 1e-3 : 1e-5)
    } catch (error) {
      const shapes = given.map(([name, { shape }]) => `${name} ${shape.join(' x ')}`)
      const where = `${form} of ${JSON.stringify(call.attrs)}, ${shapes.join(', ')}`
      throw new Error(`${where}${held ? ', in blocks' : ''}: ${(error as Error).message}`)
    }
  }
  return forms
}

/** What is offered for many more channels, or larger images, than a definition computes in time; these have tests of their own. */
const LARGE = ['winograd', 'blocked-winograd', 'pairs']

for (const [kernel, callOf] of Object.entries(CALLS)) {
  const tryCalls = async (from: number, to: number) => {
    const tried = new Set<string>()
    for (let at = from; at < to; at++) {
      const call = callOf(`${kernel} ${at}`)
      for (const held of [false, true]) {
        for (const form of await check(call, held)) tried.add(form)
      }
    }
    return tried
  }
  test(`${kernel}: as it is defined`, async () => {
    await tryCalls(0, 5)
  })
  slow(`${kernel}: as it is defined, of many geometries`, async () => {
    const tried = await tryCalls(5, 120)
    const forms = findKernel(kernel)!.forms?.map(({ name }) => name) ?? []
    const missing = forms.filter((form) => !tried.has(form) && !LARGE.includes(form))
    assert.ok(cpu.block === 0 || missing.length === 0, `never offered: ${missing.join(', ')}`)
  })
}

test.run()
