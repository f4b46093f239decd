import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { type WindowAttrs, windowOf } from '../../src/lower/window.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, numbers } from '../support/kernel-example.ts'
import { runLowered } from '../support/run-lowered.ts'

registerOps()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const test = suite('gradients of convolutions by their inputs')

interface Call {
  readonly kernel: readonly [number, number]
  readonly attrs: WindowAttrs
  readonly space: readonly [number, number]
  readonly batch: number
  readonly channels: number
}

/** A call with padding of its own for each side, up to one pixel more than a window can have of it. */
function callOf(
  seed: string,
  { batch, channels, strides }: Pick<Call, 'batch' | 'channels'> & Pick<WindowAttrs, 'strides'>,
): Call {
  const random = seedrandom.alea(seed)
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const kernel = [1 + upTo(2), 1 + upTo(2)] as const
  const pad = [[0, 0], ...kernel.map((taps) => [upTo(taps), upTo(taps)]), [0, 0]]
  return {
    kernel,
    attrs: { strides, pad: pad as [number, number][] },
    space: [7 + upTo(2), 7 + upTo(2)],
    batch,
    channels,
  }
}

/** Results of a form, and whether it is offered for the call. */
async function gradient(
  { kernel, attrs, space, batch, channels }: Call,
  target: Target,
  form?: string,
): Promise<{ readonly isOffered: boolean; readonly dx: Float32Array }> {
  const inputs = {
    dy: { shape: [batch, ...windowOf(space, kernel, attrs).output, channels] },
    filter: { shape: [...kernel, channels, channels], range: [-0.1, 0.1] },
  } as const
  const given = { ...attrs, inputShape: [batch, ...space, channels], dataFormat: 'NHWC' }
  const program = ({ dy, filter }: Record<string, tf.Tensor>) => ({
    dx: tf
      .engine()
      .runKernel('Conv2DBackpropInput', { dy: dy!, filter: filter! }, given as never) as tf.Tensor,
  })
  let isOffered = false
  const graph = lower(captureExample(program, inputs), target, {
    trains: true,
    choose: ({ forms }) => {
      isOffered = form !== undefined && forms.includes(form)
      return form
    },
  })
  const feeds = Object.entries(inputs).map(([name, each]) => [name, numbers(each, name)])
  const [dx] = await runLowered(graph, Object.fromEntries(feeds))
  return { isOffered, dx: dx! }
}

const SEEDS = Array.from({ length: 14 }, (_, at) => `padding ${at}`)

for (const [form, sizes] of [
  ['blocked', { batch: 2, channels: 16, strides: 1 }],
  ['phases', { batch: 2, channels: 16, strides: 1 }],
  ['blocked-phases', { batch: 2, channels: 32, strides: 2 }],
  ['blocked-phases', { batch: 2, channels: 16, strides: [1, 3] }],
  // Enough to be worth tiles.
  ['winograd', { batch: 12, channels: 96, strides: 1 }],
] as const) {
  test(`${form}, strides ${sizes.strides}: padding of any size gives what the portable form gives`, async () => {
    let offered = 0
    for (const seed of SEEDS) {
      const call = callOf(seed, sizes)
      const [expected, actual] = [
        await gradient(call, portableTarget()),
        await gradient(call, cpu, form),
      ]
      if (actual.isOffered) offered++
      closeTo(actual.dx, expected.dx, 2e-5)
    }
    assert.ok(offered > 0 || cpu.block === 0, 'no call is offered the form')
  })
}

/** Beyond what the kernel reaches: dy would have to be cut off, which no convolution does. */
for (const [kernel, pad] of [
  [[1, 1], 1],
  [[3, 3], 3],
] as const) {
  test(`in blocks, only as long as padding is smaller than the kernel: ${kernel.join(' x ')} padded by ${pad}`, async () => {
    const sizes = { space: [8, 8], batch: 2, channels: 16 } as const
    const call: Call = { ...sizes, kernel, attrs: { strides: 1, pad } }
    const expected = await gradient(call, portableTarget())
    const actual = await gradient(call, cpu, 'blocked')
    assert.not(actual.isOffered)
    closeTo(actual.dx, expected.dx, 2e-5)
    const smaller = { ...call, attrs: { strides: 1, pad: pad - 1 } }
    assert.is((await gradient(smaller, cpu, 'blocked')).isOffered, cpu.block > 0)
  })
}

/** As many windows as pixels, of which some lie in padding, or none. */
for (const [name, space, pad, strides] of [
  [
    'rows and columns',
    [2, 2],
    [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ],
    2,
  ],
  [
    'columns',
    [1, 2],
    [
      [0, 0],
      [0, 0],
      [2, 0],
      [0, 0],
    ],
    2,
  ],
  [
    'no padding',
    [3, 3],
    [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    1,
  ],
] as const) {
  test(`one tap, as many windows as pixels: ${name}`, async () => {
    const attrs = { strides, pad: pad as unknown as [number, number][] }
    const call: Call = { kernel: [1, 1], attrs, space, batch: 3, channels: 16 }
    const [expected, actual] = [
      await gradient(call, portableTarget()),
      await gradient(call, cpu, 'spread'),
    ]
    assert.ok(actual.isOffered)
    closeTo(actual.dx, expected.dx, 2e-5)
  })
}

test.run()
