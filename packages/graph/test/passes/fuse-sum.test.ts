import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { fuseActivations } from '../../src/passes/fuse-activation.ts'
import { fuseSums } from '../../src/passes/fuse-sum.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkLoweredPass } from '../support/check-pass.ts'
import { countReads } from '../support/count-reads.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('sums in blocked convolutions')

const target = await cpuTarget()
const options = { target, tolerance: 1e-4 }
const inputs = {
  x: { shape: [4, 12, 12, 32] },
  f: { shape: [3, 3, 32, 32] },
  g: { shape: [3, 3, 32, 32] },
}
type Given = Record<string, tf.Tensor>
const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')

const pass = (graph: Graph) => {
  fuseSums(graph)
  removeDeadCode(graph)
}

const summed = (graph: Graph) => graph.nodes.filter(({ op, inputs }) => op === 'Conv' && inputs[3])
const isBlocked = target.block > 0

test('a residual is added by the convolution', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y.tanh(), g!).add(y) }
  }
  const { before, after, graph } = await checkLoweredPass(program, inputs, pass, options)
  assert.ok(before.includes('Add'))
  assert.is(after.includes('Add'), !isBlocked)
  assert.is(summed(graph).length, isBlocked ? 1 : 0)
})

test('a ReLU that follows is applied as well', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: y.add(convolve(y.tanh(), g!)).relu() }
  }
  const both = (graph: Graph) => {
    fuseSums(graph)
    fuseActivations(graph)
    removeDeadCode(graph)
  }
  const { after } = await checkLoweredPass(program, inputs, both, options)
  assert.is(after.includes('Relu'), !isBlocked)
})

test('stays where the other summand is still read, as it would be copied', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    const z = convolve(y, g!).add(y)
    return { z: convolve(z.relu(), g!).mul(y) }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, options)
  assert.ok(after.includes('Add'))
})

for (const [what, results] of Object.entries({
  'the convolution is read elsewhere': (z: tf.Tensor, y: tf.Tensor) => ({
    sum: z.add(y),
    other: z.tanh(),
  }),
  'the convolution leaves the graph': (z: tf.Tensor, y: tf.Tensor) => ({ sum: z.add(y), z }),
  'the other summand leaves the graph': (z: tf.Tensor, y: tf.Tensor) => ({ sum: z.add(y), y }),
})) {
  test(`stays where ${what}`, async () => {
    const program = ({ x, f, g }: Given) => {
      const y = convolve(x!, f!)
      return results(convolve(y.tanh(), g!), y)
    }
    const { after } = await checkLoweredPass(program, inputs, pass, options)
    assert.ok(after.includes('Add'))
  })
}

test('stays where the convolution itself reads the other summand', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y, g!).add(y) }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, options)
  assert.ok(after.includes('Add'))
})

test('takes one walk for each sum, however many read what is added', () => {
  const program = ({ x, f, g }: Given) => {
    const z = convolve(x!, f!)
    let y: tf.Tensor = z
    for (let step = 0; step < 400; step++) y = convolve(y, g!).add(z).tanh()
    return { y }
  }
  const graph = lower(captureExample(program, inputs), target)
  const reads = countReads(graph)
  fuseSums(graph)
  // A walk for each reader of each sum would look at millions.
  assert.ok(reads() < 20 * graph.nodes.length, `${reads()} of ${graph.nodes.length}`)
})

test('of two convolutions one takes the other', async () => {
  const program = ({ x, f, g }: Given) => ({ z: convolve(x!, f!).add(convolve(x!, g!)) })
  const { after, graph } = await checkLoweredPass(program, inputs, pass, options)
  assert.is(after.includes('Add'), !isBlocked)
  assert.is(summed(graph).length, isBlocked ? 1 : 0)
})

test('sums of sums go one into the other', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    const z = convolve(y.tanh(), g!).add(y)
    return { z: convolve(z.tanh(), f!).add(z) }
  }
  const { graph } = await checkLoweredPass(program, inputs, pass, options)
  assert.is(summed(graph).length, isBlocked ? 2 : 0)
})

test('a summand that broadcasts stays outside', async () => {
  const program = ({ x, f, g }: Given) => {
    const y = convolve(x!, f!)
    return { z: convolve(y, g!).add(y.mean([0, 1], true)) }
  }
  const { after } = await checkLoweredPass(program, inputs, pass, options)
  assert.ok(after.includes('Add'))
})

test.run()
