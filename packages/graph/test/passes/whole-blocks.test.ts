import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseMoments } from '../../src/passes/moments.ts'
import { fillBlocks } from '../../src/passes/whole-blocks.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkPass } from '../support/check-pass.ts'
import { countReads } from '../support/count-reads.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('images filled up to whole blocks of channels')

const target = await cpuTarget()
/** Of the tests, whatever the machine's own is. */
const BLOCK = 16
type Given = Record<string, tf.Tensor>

const pass = (graph: Graph) => {
  fillBlocks(graph, BLOCK)
  removeDeadCode(graph)
}
const check = (program: (given: Given) => Record<string, tf.Tensor>, inputs: Shapes) =>
  checkPass(program, inputs, pass, {
    target,
    tolerance: 2e-4,
    before: [simplifyAlgebra, mergeCommonSubexpressions, fuseMoments, removeDeadCode],
  })

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>

const shaped = (shapes: Readonly<Record<string, readonly number[]>>): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]))

const convolve = (x: tf.Tensor, filter: tf.Tensor, strides = 1) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, 'same')

/** Shapes of what a graph's kernels of a name give. */
const channels = (graph: Graph, op: string) =>
  graph.nodes.filter((node) => node.op === op).map(({ outputs }) => outputs[0]!.shape.at(-1))

test('two convolutions share the channels between them', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [3, 3, 24, 48] })
  const { graph } = await check(({ x, f, g }) => ({ y: convolve(convolve(x!, f!), g!) }), inputs)
  assert.equal(channels(graph, 'Conv2D'), [32, 48])
})

test('a batch norm, what is added, and every derivative go along', async () => {
  const inputs = shaped({
    ...{ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [3, 3, 24, 24], h: [1, 1, 24, 32] },
    ...{ scale: [24], offset: [24], d: [3, 3, 24, 1] },
  })
  const program = ({ x, ...weights }: Given) => {
    const loss = (...[f, g, h, scale, offset, d]: tf.Tensor[]) => {
      const y = convolve(x!, f!)
      const { mean, variance } = tf.moments(y, [0, 1, 2])
      const [m, v] = [mean, variance] as tf.Tensor1D[]
      const z = tf.batchNorm(y, m!, v!, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3).relu6()
      const wide = tf.depthwiseConv2d(z as tf.Tensor4D, d as tf.Tensor4D, 1, 'same')
      const sum = convolve(wide, g!, 1).add(z).mul(0.5).tanh()
      return convolve(sum, h!).square().mean()
    }
    const names = ['f', 'g', 'h', 'scale', 'offset', 'd']
    const found = tf.grads(loss)(names.map((name) => weights[name]!))
    return Object.fromEntries(found.map((each, index) => [names[index]!, each]))
  }
  const { graph } = await check(program, inputs)
  for (const op of ['Moments', 'FusedBatchNorm', 'DepthwiseConv2dNative', 'Relu6', 'Tanh'])
    assert.equal(channels(graph, op), [32], op)
  assert.ok(channels(graph, 'Slice').length > 0)
})

for (const [what, program] of Object.entries({
  'who reads it takes no more channels': ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y, g!), mean: y.sum(3) }
  },
  'it leaves the graph': ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y, g!), y }
  },
  'added numbers would be none': ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y.add(3).div(y), g!) }
  },
})) {
  test(`stays as it is where ${what}`, async () => {
    const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [3, 3, 24, 48] })
    const { graph } = await check(program, inputs)
    assert.equal(channels(graph, 'Conv2D'), [24, 48])
  })
}

test('a few channels become a block, with a bias and its gradient', async () => {
  const inputs = shaped({
    ...{ x: [4, 12, 12, 3], f: [5, 5, 3, 6], b: [6], g: [5, 5, 6, 16] },
  })
  const program = ({ x, ...weights }: Given) => {
    const loss = (f: tf.Tensor, b: tf.Tensor, g: tf.Tensor) => {
      const y = tf.avgPool(convolve(x!, f).add(b).tanh() as tf.Tensor4D, 2, 2, 'valid')
      return convolve(y, g).square().mean()
    }
    const [df, db, dg] = tf.grads(loss)([weights.f!, weights.b!, weights.g!])
    return { df: df!, db: db!, dg: dg! }
  }
  const { graph } = await check(program, inputs)
  assert.equal(channels(graph, 'Tanh'), [16])
  assert.equal(channels(graph, 'Sum'), [16])
  const five = { ...inputs, ...shaped({ f: [5, 5, 3, 5], b: [5], g: [5, 5, 5, 16] }) }
  assert.equal(channels((await check(program, five)).graph, 'Tanh'), [5])
})

/** Squeezes the pixels of an image, and excites it with what comes of that. */
const gates: Readonly<Record<string, (y: tf.Tensor, e: tf.Tensor, f: tf.Tensor) => tf.Tensor>> = {
  'by dense layers': (y, e, f) => {
    const squeezed = tf.matMul(tf.mean(y, [1, 2]) as tf.Tensor2D, e.reshape([24, 4]))
    const open = tf
      .matMul(squeezed.relu(), f.reshape([4, 24]))
      .add(3)
      .relu6()
      .div(6)
    return y.mul(open.reshape([4, 1, 1, 24]))
  },
  'by convolutions of one pixel': (y, e, f) => {
    const squeezed = convolve(tf.mean(y, [1, 2], true), e).relu()
    return y.mul(convolve(squeezed, f).add(3).relu6().div(6))
  },
}
for (const [what, gate] of Object.entries(gates)) {
  test(`squeeze and excitation ${what} goes along, with every derivative and the pool at the end`, async () => {
    const inputs = shaped({
      ...{ x: [4, 8, 8, 32], f: [1, 1, 32, 24], d: [3, 3, 24, 1], g: [1, 1, 24, 40] },
      ...{ e: [1, 1, 24, 4], h: [1, 1, 4, 24], w: [40, 5] },
    })
    const program = ({ x, ...weights }: Given) => {
      const loss = (...[f, d, g, e, h, w]: tf.Tensor[]) => {
        const y = convolve(x!, f!)
        const z = tf.depthwiseConv2d(y as tf.Tensor4D, d as tf.Tensor4D, 1, 'same')
        const last = convolve(gate(z.mul(z.add(3).relu6()), e!, h!), g!)
        return tf
          .matMul(tf.mean(last, [1, 2]) as tf.Tensor2D, w as tf.Tensor2D)
          .square()
          .mean()
      }
      const names = ['f', 'd', 'g', 'e', 'h', 'w']
      const found = tf.grads(loss)(names.map((name) => weights[name]!))
      return Object.fromEntries(found.map((each, index) => [names[index]!, each]))
    }
    const { graph } = await check(program, inputs)
    for (const op of ['DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput'])
      assert.equal(channels(graph, op), [32], op)
    assert.equal(channels(graph, 'Mean').sort(), [32, 48])
  })
}

test('a mean of each image that an image is centred by is filled with zeros', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [1, 1, 24, 48] })
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!).abs().add(1)
    return { y: convolve(y.sub(tf.mean(y, [1, 2], true)), g!) }
  }
  const { graph } = await check(program, inputs)
  assert.equal(channels(graph, 'Sub'), [32])
})

test('a gradient by a filter is a filter with zeros for channels that a sigmoid made halves of', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], dy: [4, 8, 8, 32] })
  const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', filterShape: [1, 1, 24, 32] }
  const program = ({ x, f, dy }: Given) => {
    const y = convolve(x!, f!).sigmoid()
    const given = { x: y, dy: dy! }
    const g = tf.engine().runKernel('Conv2DBackpropFilter', given, attrs as never) as tf.Tensor
    return { z: convolve(y, g) }
  }
  const { graph } = await check(program, inputs)
  assert.equal(channels(graph, 'Sigmoid'), [32])
})

test('stays as it is where it would grow by more than a third, or gain nothing', async () => {
  const few = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 20], g: [3, 3, 20, 48] })
  const program = ({ x, f, g }: Given) => ({ y: convolve(convolve(x!, f!), g!) })
  assert.equal(channels((await check(program, few)).graph, 'Conv2D'), [20, 48])
  const odd = shaped({ x: [4, 8, 8, 17], f: [1, 1, 17, 24], g: [3, 3, 24, 48] })
  assert.equal(channels((await check(program, odd)).graph, 'Conv2D'), [24, 48])
})

test('numbers for each channel are filled up by kernels that work number by number', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], b: [24], g: [3, 3, 24, 48] })
  const { graph } = await check(
    ({ x, f, b, g }) => ({ y: convolve(convolve(x!, f!).mul(b!).sub(1).relu(), g!) }),
    inputs,
  )
  assert.equal(channels(graph, 'Multiply'), [32])
})

/** A number for each channel, however it is written, between two convolutions of 24 channels. */
for (const shape of [[], [24], [1, 1, 1, 24], [8, 8, 24], [4, 8, 8, 24]]) {
  test(`one number of shape [${shape}] goes along`, async () => {
    const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [3, 3, 24, 48] })
    const { graph } = await check(
      ({ x, f, g }) => ({ y: convolve(convolve(x!, f!).mul(tf.fill(shape, 0.5)), g!) }),
      inputs,
    )
    assert.equal(channels(graph, 'Conv2D'), [32, 48])
  })
}

test('a bias of one number for all channels is none for each', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 12], b: [1], g: [1, 1, 12, 48] })
  const program = ({ x, f, b, g }: Given) => {
    const options = { strides: 1, pad: 'same', activation: 'relu' } as const
    const fused = { x: x as tf.Tensor4D, filter: f as tf.Tensor4D, bias: b!, ...options }
    return { y: convolve(tf.fused.conv2d(fused as never), g!) }
  }
  await check(program, inputs)
})

test('numbers that end in float32 alone stay as they are', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [1, 1, 24, 48] })
  const program = ({ x, f, g }: Given) => ({
    y: convolve(convolve(x!, f!).sub(110).exp().mul(1e3), g!),
    // Added channels would have e^90, which only doubles hold.
    z: convolve(convolve(x!, f!).abs().mul(-1).sub(90).mul(-1).exp().reciprocal(), g!),
  })
  const { graph } = await check(program, inputs)
  assert.ok(channels(graph, 'Conv2D').includes(24))
})

test('what was averaged over channels has numbers of its own for those that are added', async () => {
  const inputs = shaped({ x: [4, 8, 8, 32], f: [1, 1, 32, 24], g: [1, 1, 24, 48] })
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!).abs().add(1)
    const { mean } = tf.moments(y, [0, 1, 2])
    return { y: convolve(y.div(mean.add(1)), g!) }
  }
  await check(program, inputs)
})

test('takes a walk, whatever the length of a chain that ends in what cannot go along', () => {
  const program = ({ x }: Given) => {
    let y: tf.Tensor = x!.mul(2)
    for (let step = 0; step < 600; step++) y = y.mul(0.5).add(1).tanh()
    return { y: y.sum() }
  }
  const graph = captureExample(program, shaped({ x: [1, 8, 8, 24] }))
  const reads = countReads(graph)
  fillBlocks(graph, BLOCK)
  // A walk over all of them for each that is dropped would look at millions.
  assert.ok(reads() < 40 * graph.nodes.length, `${reads()} of ${graph.nodes.length}`)
})

test.run()
