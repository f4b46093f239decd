import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import { type Graph, graphTree } from '../../src/ir/index.ts'
import type { ChooseForm } from '../../src/lower/forms.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { finishLowered } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { closeTo } from '../support/close-to.ts'
import { captureExample, numbers, runCaptured } from '../support/kernel-example.ts'
import { runLowered } from '../support/run-lowered.ts'

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

type Inputs = Parameters<typeof captureExample>[1]

/** Results of what is lowered as a part of a step of training. */
async function runTraining(program: Program, inputs: Inputs, choose = as('winograd')) {
  const graph = lower(captureExample(program, inputs), cpu, { choose, trains: true })
  const feeds = Object.entries(inputs).map(([name, each]) => [name, numbers(each, name)])
  const results = await runLowered(graph, Object.fromEntries(feeds))
  const named = graph.outputs.map(({ name }, at) => [name, results[at]!] as const)
  return { graph, results: Object.fromEntries(named) }
}

const formsOf = (graph: Graph) => new Set(graph.nodes.map(({ origin }) => origin?.form))

test('results and gradients are those of other forms', async () => {
  const { results } = await runTraining(program, inputs)
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
  const { results } = await runTraining(along, given)
  closeTo(results.xDifference!, results.x!, 1e-4)
  closeTo(results.filterDifference!, results.filter!, 1e-4)
})

/** Kernels for whose calls it is offered. */
function askedFor(target: Target, options: { readonly trains?: boolean } = {}): string[] {
  const asked = new Set<string>()
  lower(captureExample(program, inputs), target, {
    ...options,
    choose: ({ node, forms }) => {
      if (forms.includes('winograd')) asked.add(node.op)
      return undefined
    },
  })
  return [...asked].sort()
}

test('it is asked for where it may be quickest in steps of training, and is no part of files', () => {
  assert.equal(askedFor(cpu, { trains: true }), [
    ...['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput', 'FusedConv2D'],
  ])
  const file = lower(captureExample(program, inputs), portableTarget(), { trains: true })
  assert.not(formsOf(file).has('winograd'))
})

test('it is not offered where no weights are updated, nor where infinities must mean what they do in tfjs', () => {
  assert.equal(askedFor(cpu), [])
  assert.equal(askedFor({ ...cpu, strict: true }, { trains: true }), [])
})

test('a graph that updates weights is a step of training', () => {
  const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
  const graphOf = (shape: readonly number[]) => {
    const graph = captureExample(
      ({ x, filter, w }) => ({ y: convolve(x!, filter!), w: tf.add(w!, 1) }),
      { x: inputs.x, filter: inputs.filter, w: { shape } },
    )
    const outputs = graph.outputs.map((each) => ({ ...each, state: each.name === 'w' }))
    return { ...graph, outputs }
  }
  const choose = as('winograd')
  assert.ok(formsOf(lower(graphOf([2]), cpu, { choose })).has('winograd'))
  // A counter is no weight.
  assert.not(formsOf(lower(graphOf([]), cpu, { choose })).has('winograd'))
})

test('so are the bodies of its loops', () => {
  const shape = [64, 8, 8, CHANNELS]
  const given = { xs: { shape: [2, ...shape] }, state: { shape }, filter: inputs.filter }
  const loop: Program = ({ xs, state, filter }) => {
    const { states } = scan(
      ([before], [slice]) => {
        const next = tf.conv2d(before as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
        return { states: [tf.add(next, slice!)], rows: [] }
      },
      [state!],
      [xs!],
    )
    return { last: states[0]! }
  }
  // In a loop nothing is asked: the usual form is taken.
  const formsIn = (trains: boolean) =>
    graphTree(lower(captureExample(loop, given), cpu, { trains })).flatMap((each) => [
      ...formsOf(each),
    ])
  assert.ok(formsIn(true).includes('winograd'))
  assert.not(formsIn(false).includes('winograd'))
})

test('without training, infinite and NaN pixels reach the windows that see them alone, and windows of zeros give zero', async () => {
  const size = 8 * 9 * 7 * CHANNELS
  const pixelOf = (at: number) => Math.floor(at / CHANNELS)
  // The first image's second row, third column; images from the fifth on are black at the left.
  const values = Array.from({ length: size }, (_, at) => {
    if (at === (7 + 2) * CHANNELS + 5) return Number.POSITIVE_INFINITY
    if (at === (63 + 7 + 2) * CHANNELS + 5) return Number.NaN
    return pixelOf(at) >= 4 * 63 && pixelOf(at) % 7 < 4 ? 0 : Math.sin(at * 1.7)
  })
  const convolve: Program = ({ x, filter }) => ({
    y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  })
  const given = { x: { ...inputs.x, values }, filter: inputs.filter }
  for (const target of [cpu, { ...cpu, strict: true }]) {
    const { results } = await runCaptured(convolve, given, target, as('winograd'))
    const all = Array.from(results.y as Float32Array)
    const wrong = all.findIndex((each, at) => {
      const [image, row, column] = [
        ...[Math.floor(pixelOf(at) / 63), Math.floor(pixelOf(at) / 7) % 9, pixelOf(at) % 7],
      ] as [number, number, number]
      const isSeen = image < 2 && row <= 2 && column >= 1 && column <= 3
      return Number.isFinite(each) === isSeen
    })
    assert.is(wrong, -1)
    const zeros = all.filter((_, at) => pixelOf(at) >= 4 * 63 && pixelOf(at) % 7 < 3)
    assert.ok(zeros.every((each) => each === 0))
  }
})

test('the gradient by the filter takes the tiles that the convolution has made', async () => {
  const both: Program = ({ x, filter, dy }) => {
    const convolve = (filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')
    const { value, grad } = tf.valueAndGrad(convolve)(filter!, dy!)
    return { value, grad }
  }
  const { bias: _, ...images } = inputs
  const { nodes } = finishLowered(
    lower(captureExample(both, images), cpu, { choose: as('winograd'), trains: true }),
    cpu,
    undefined,
  )
  // Rows of x, of dy, and of the result.
  assert.is(nodes.filter(({ op }) => op === 'Gather').length, 3)
})

test.run()
