import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChooseForm } from '../../src/lower/forms.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, runCaptured } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const test = suite('convolutions in the form `winograd`')

/** See lower/winograd.test.ts. */
const ROUNDING = 2e-5

/** Odd, so that tiles reach over the edge. */
const SPACE = [9, 7] as const
const CHANNELS = 128
const [KERNEL, BATCH] = [[3, 3, CHANNELS, CHANNELS], 8] as const

const inputs = {
  x: { shape: [BATCH, ...SPACE, CHANNELS] },
  filter: { shape: KERNEL, range: [-0.05, 0.05] },
  bias: { shape: [CHANNELS] },
  dy: { shape: [BATCH, ...SPACE, CHANNELS] },
} as const

type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const program: Program = ({ x, filter, bias, dy }) => {
  const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
  const [dx, df] = tf.grads(convolve)([x!, filter!], dy!)
  const fused = tf.fused.conv2d({
    x: x as tf.Tensor4D,
    filter: filter as tf.Tensor4D,
    strides: 1,
    pad: 'same',
    bias: bias!,
    activation: 'relu',
  })
  return { fused, dx: dx!, df: df! }
}

const as =
  (form: string): ChooseForm =>
  ({ forms }) =>
    forms.includes(form) ? form : undefined

test('results and gradients are those of other forms', async () => {
  const { results } = await runCaptured(program, inputs, cpu, as('winograd'))
  // Gathered rows and matrix products: for the gradient by the input, one for each of its phases.
  const rows: ChooseForm = ({ forms }) => forms.find((each) => ['rows', 'phases'].includes(each))
  const others = await runCaptured(program, inputs, cpu, rows)
  for (const name of ['fused', 'dx', 'df']) closeTo(results[name]!, others.results[name]!, ROUNDING)
})

test('gradients are central differences', async () => {
  const loss = (x: tf.Tensor, filter: tf.Tensor, dy: tf.Tensor) =>
    tf.sum(tf.mul(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), dy))
  const along: Program = ({ x, filter, dy, toX, toFilter }) => {
    const of = (x: tf.Tensor, filter: tf.Tensor) => loss(x, filter, dy!) as tf.Scalar
    const [dx, df] = tf.grads(of)([x!, filter!])
    // It is linear in each: a difference over a long way is exact, apart from rounding.
    const difference = (step: (sign: number) => tf.Tensor) => tf.div(tf.sub(step(1), step(-1)), 2)
    return {
      x: tf.sum(tf.mul(dx!, toX!)),
      xDifference: difference((sign) => of(tf.add(x!, tf.mul(toX!, sign)), filter!)),
      filter: tf.sum(tf.mul(df!, toFilter!)),
      filterDifference: difference((sign) => of(x!, tf.add(filter!, tf.mul(toFilter!, sign)))),
    }
  }
  const given = {
    x: inputs.x,
    filter: inputs.filter,
    // All of one sign, as is the way to x and to the filter: sums of numbers that cancel out say little.
    dy: { ...inputs.dy, range: [0.5, 1] as const },
    toX: { shape: inputs.x.shape, range: [1, 2] as const },
    toFilter: { shape: KERNEL, range: [0.05, 0.1] as const },
  }
  const { results } = await runCaptured(along, given, cpu, as('winograd'))
  closeTo(results.xDifference!, results.x!, 1e-4)
  closeTo(results.filterDifference!, results.filter!, 1e-4)
})

test('it is asked for where it may be quickest, and is no part of files', () => {
  const graph = captureExample(program, inputs)
  const asked = new Map<string, readonly string[]>()
  lower(graph, cpu, {
    choose: ({ node, forms }) => {
      asked.set(node.op, forms)
      return undefined
    },
  })
  assert.equal(
    [...asked]
      .filter(([, forms]) => forms.includes('winograd'))
      .map(([op]) => op)
      .sort(),
    ['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput', 'FusedConv2D'],
  )
  const file = lower(captureExample(program, inputs), portableTarget())
  assert.not(file.nodes.some(({ origin }) => origin?.form === 'winograd'))
})

test('the gradient by the filter takes the tiles that the convolution has made', async () => {
  const both: Program = ({ x, filter, dy }) => {
    const convolve = (filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
    const { value, grad } = tf.valueAndGrad(convolve)(filter!, dy!)
    return { value, grad }
  }
  const { bias: _, ...images } = inputs
  const { nodes } = optimize(captureExample(both, images), cpu, { choose: as('winograd') })
  // Rows of x, of dy, and of the result.
  assert.is(nodes.filter(({ op }) => op === 'Gather').length, 3)
})

test.run()
