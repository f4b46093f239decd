import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChooseForm } from '../../src/lower/forms.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, runCaptured } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const test = suite('convolutions in the form `pairs`')

const program = ({ x, filter, bias, dy }: Record<string, tf.Tensor>) => {
  const convolve = (x: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same') as tf.Tensor
  const fused = tf.fused.conv2d({
    x: x as tf.Tensor4D,
    filter: filter as tf.Tensor4D,
    strides: 1,
    pad: 'same',
    bias: bias!,
    activation: 'relu',
  })
  return { y: convolve(x!), fused, dx: tf.grad(convolve)(x!, dy!) } as Record<string, tf.Tensor>
}

const inputsOf = (channels: number, size: number) =>
  ({
    x: { shape: [64, size, size, channels] },
    filter: { shape: [3, 3, channels, channels], range: [-0.05, 0.05] },
    bias: { shape: [channels] },
    dy: { shape: [64, size, size, channels] },
  }) as const

const as =
  (...names: readonly string[]): ChooseForm =>
  ({ forms }) =>
    forms.find((each) => names.includes(each))

test('results and gradients are those of other forms', async () => {
  const inputs = inputsOf(128, 2)
  const { results } = await runCaptured(program, inputs, cpu, as('pairs'))
  const others = await runCaptured(program, inputs, cpu, as('rows', 'phases'))
  for (const name of ['y', 'fused', 'dx']) closeTo(results[name]!, others.results[name]!)
})

/** Forms of the calls, without any choice. */
function usual(channels: number, size: number): Set<string | undefined> {
  const { nodes } = lower(captureExample(program, inputsOf(channels, size)), cpu, {})
  return new Set(nodes.flatMap(({ origin }) => origin?.form ?? []))
}

test('it is the usual one for four pixels of many channels, in evaluation as in training', () => {
  assert.equal([...usual(256, 2)], ['pairs'])
  assert.not(usual(256, 4).has('pairs'))
  assert.not(usual(32, 2).has('pairs'))
})

test.run()
