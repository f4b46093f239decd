import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChooseForm } from '../../src/lower/forms.ts'
import type { Target } from '../../src/lower/target.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, numbers, runCaptured } from '../support/kernel-example.ts'
import { runLowered } from '../support/run-lowered.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const test = suite('convolutions in the form `blocked-winograd`')

/** See lower/blocked-winograd.test.ts. */
const ROUNDING = 1e-5

const [CHANNELS, SHAPE] = [64, [80, 8, 8, 64]] as const
const inputs = {
  x: { shape: SHAPE },
  filter: { shape: [3, 3, CHANNELS, CHANNELS], range: [-0.05, 0.05] },
  dy: { shape: SHAPE },
} as const

const program = ({ x, filter, dy }: Record<string, tf.Tensor>) => {
  const convolve = (x: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same') as tf.Tensor
  const { value, grad } = tf.valueAndGrad(convolve)(x!, dy!)
  return { value, grad } as Record<string, tf.Tensor>
}

const as =
  (...names: readonly string[]): ChooseForm =>
  ({ forms }) =>
    forms.find((each) => names.includes(each))

test('results and gradients are those of other forms', async () => {
  const choose = as('blocked-winograd')
  const graph = lower(captureExample(program, inputs), cpu, { choose, trains: true })
  const feeds = Object.entries(inputs).map(([name, each]) => [name, numbers(each, name)])
  const results = await runLowered(graph, Object.fromEntries(feeds))
  const others = await runCaptured(program, inputs, cpu, as('rows', 'phases'))
  for (const [at, { name }] of graph.outputs.entries()) {
    closeTo(results[at]!, others.results[name]!, ROUNDING)
  }
})

/** A target of a processor with AVX-512, whatever this one is. */
const wide: Target = { ...cpu, block: 16 }

/** Forms of the calls, without any choice. */
function usual(target: Target, trains: boolean, of = program): (string | undefined)[] {
  const { nodes } = lower(captureExample(of, inputs), target, { trains })
  return [...new Set(nodes.flatMap(({ origin }) => origin?.form ?? []))]
}

test('it is the usual one for 64 channels in steps of training, and in no other graph', () => {
  assert.equal(usual(wide, true), ['blocked-winograd'])
  assert.equal(usual(wide, false), ['blocked'])
  assert.equal(usual({ ...wide, strict: true }, true), ['blocked'])
  assert.equal(usual({ ...wide, block: 8 }, true), ['blocked-winograd'])
})

type Inputs = Readonly<Record<'x' | 'filter' | 'dy', tf.Tensor4D>>

const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

const followed: Readonly<Record<string, (inputs: Inputs) => tf.Tensor>> = {
  'a sum': ({ x, filter, dy }) => tf.add(dy, convolve(x, filter)),
  'sums of several': ({ x, filter, dy }) => tf.addN([dy, convolve(x, filter), x]),
  'a ReLU': ({ x, filter }) => tf.relu(convolve(x, filter)),
  'a ReLU with an upper bound': ({ x, filter }) => tf.relu6(convolve(x, filter)),
  'a leaky ReLU': ({ x, filter }) => tf.leakyRelu(convolve(x, filter)),
  'two bounds': ({ x, filter }) => tf.clipByValue(convolve(x, filter), -1, 1),
  tanh: ({ x, filter }) => tf.tanh(convolve(x, filter)),
  'an activation of its own': ({ x, filter }) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' }),
  'a bias': ({ x, filter }) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias: tf.ones([CHANNELS]) }),
}

for (const [name, behind] of Object.entries(followed)) {
  test(`what a convolution in blocks would compute behind itself is left to it: ${name}`, () => {
    assert.equal(
      usual(wide, true, (given) => ({ y: behind(given as Inputs) })),
      ['blocked'],
    )
  })
}

test('a sum behind a gradient is left to the convolution, too', () => {
  const skipped = ({ x, filter, dy }: Record<string, tf.Tensor>) => {
    const [dx] = tf.grads((x: tf.Tensor) => convolve(x, filter!))([x!], dy!) as [tf.Tensor]
    return { y: tf.add(dx, dy!) }
  }
  // The convolution is transformed, as nobody reads it.
  assert.equal(usual(wide, true, skipped), ['blocked-winograd', 'blocked'])
})

test('what is broadcast, other functions, and results that are read twice or given are no reason', () => {
  const others: (typeof followed)[string][] = [
    ({ x, filter }) => tf.add(convolve(x, filter), tf.mean(x)),
    ({ x, filter }) => tf.square(convolve(x, filter)),
    ({ x, filter, dy }) => {
      const y = convolve(x, filter)
      return tf.mul(tf.add(y, dy), y)
    },
  ]
  for (const each of others) {
    const forms = usual(wide, true, (given) => ({ y: each(given as Inputs) }))
    assert.ok(forms.includes('blocked-winograd'))
  }
  const both = usual(wide, true, ({ x, filter }) => {
    const given = convolve(x!, filter!)
    return { given, y: tf.relu(given) }
  })
  assert.equal(both, ['blocked-winograd'])
})

test.run()
