import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite('convolutions of each channel by itself, in blocks of channels')

interface Case {
  readonly channels?: number
  /** 1 by default. */
  readonly multiplier?: number
  readonly space?: readonly [number, number]
  readonly kernel?: readonly [number, number]
  readonly strides?: number
  readonly dilation?: number
  readonly pad?: 'same' | 'valid'
}

/** The convolution and both derivatives. */
const program =
  ({ strides = 1, pad = 'same', dilation = 1 }: Case) =>
  ({ x, filter, dy }: Record<string, tf.Tensor>) => {
    const of = (image: tf.Tensor, weights: tf.Tensor) =>
      tf.depthwiseConv2d(
        image as tf.Tensor4D,
        weights as tf.Tensor4D,
        strides,
        pad,
        'NHWC',
        dilation,
      )
    const [byX, byFilter] = tf.grads(of)([x!, filter!], dy)
    return { y: of(x!, filter!), byX: byX!, byFilter: byFilter! }
  }

const cases: readonly Case[] = [
  {},
  { channels: 32, space: [7, 6] },
  { strides: 2, space: [8, 6] },
  { strides: 2, space: [7, 9] },
  { strides: 2, kernel: [2, 2], pad: 'valid' },
  { strides: 2, kernel: [3, 2], pad: 'valid', space: [6, 7] },
  { kernel: [7, 7], space: [5, 4] },
  { kernel: [5, 1], pad: 'valid' },
  { kernel: [1, 1], strides: 2 },
  { strides: 3, space: [9, 8] },
  // No whole blocks: by fours, which onnxruntime fills up itself, and others.
  { channels: 20, strides: 2 },
  { channels: 36, kernel: [5, 3], pad: 'valid' },
  { channels: 9, dilation: 2 },
  { channels: 27, strides: 2, space: [7, 4] },
  // Several results of each channel.
  { multiplier: 2 },
  { channels: 12, multiplier: 2, strides: 2 },
  { channels: 5, multiplier: 3, kernel: [2, 3], pad: 'valid' },
  { channels: 1, multiplier: 32, dilation: 2 },
  // So few that blocks would be mostly zeros.
  { channels: 2 },
]

const target = await cpuTarget()

for (const each of cases) {
  test(JSON.stringify(each), async () => {
    const { channels = 16, multiplier = 1, space = [5, 6], kernel = [3, 3] } = each
    const { strides = 1, pad = 'same' } = each
    const output = space.map((size, axis) =>
      Math.ceil((pad === 'same' ? size : size - kernel[axis]! + 1) / strides),
    )
    const inputs = {
      x: { shape: [3, ...space, channels] },
      filter: { shape: [...kernel, channels, multiplier] },
      dy: { shape: [3, ...output, channels * multiplier] },
    }
    await checkProgram(program(each), inputs)
    if (target.block === 0) return
    const { nodes } = lower(captureExample(program(each), inputs), target)
    const blocked = nodes.filter(({ op, domain }) => op === 'Conv' && domain !== '')
    assert.is(blocked.length > 0, channels * multiplier > 2)
  })
}

test.run()
