import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { orderChannels } from '../../src/passes/order-channels.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkPass } from '../support/check-pass.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('channels in another order')

const pass = (graph: Graph) => {
  orderChannels(graph)
  removeDeadCode(graph)
}

/** Parts the channels of [batch, height, width, channels], turns the parts, and puts them together again. */
const shuffled = (parts: readonly number[], perm: readonly number[]) => (x: tf.Tensor) =>
  tf.reshape(tf.transpose(tf.reshape(x, [...parts]), [...perm]), x.shape)

const cases = {
  'two groups': shuffled([2, 5, 3, 2, 6], [0, 1, 2, 4, 3]),
  'many groups': shuffled([2, 5, 3, 6, 2], [0, 1, 2, 4, 3]),
  'pixels along one axis': shuffled([2, 15, 3, 4], [0, 1, 3, 2]),
  'all pixels of all images along one axis': shuffled([30, 3, 4], [0, 2, 1]),
  'three parts': shuffled([2, 5, 3, 2, 3, 2], [0, 1, 2, 5, 3, 4]),
  'two parts of three turned': shuffled([2, 5, 3, 2, 3, 2], [0, 1, 2, 3, 5, 4]),
  'a part of one': shuffled([2, 5, 3, 2, 1, 6], [0, 1, 2, 5, 4, 3]),
} as const

const inputs = { x: { shape: [2, 5, 3, 12] }, dy: { shape: [2, 5, 3, 12] } }

for (const [name, shuffle] of Object.entries(cases)) {
  test(name, async () => {
    const program = ({ x, dy }: Record<string, tf.Tensor>) => ({
      y: tf.relu(shuffle(tf.abs(x!))),
      byX: tf.grad(shuffle)(x!, dy),
    })
    await checkPass(program, inputs, pass)
    await checkProgram(program, inputs)
    const ops = optimize(captureExample(program, inputs), await cpuTarget()).nodes
    // Images are brought channels first and back; the channels of a pixel are not turned.
    const perms = ops.filter(({ op }) => op === 'Transpose').map(({ attrs }) => `${attrs.perm}`)
    assert.ok(perms.every((perm) => ['0,3,1,2', '0,2,3,1'].includes(perm)))
    assert.is(ops.filter(({ op }) => op === 'Gather').length, 2)
  })
}

test('between convolutions in blocks, planes are moved', async () => {
  const target = await cpuTarget()
  const channels = 2 * (target.block || 16)
  const given = {
    x: { shape: [2, 6, 5, channels] },
    f: { shape: [3, 3, channels, 1] },
    dy: { shape: [2, 6, 5, channels] },
  }
  const shuffle = shuffled([2, 6, 5, channels / 4, 4], [0, 1, 2, 4, 3])
  const convolve = (x: tf.Tensor, f: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')
  const of = (x: tf.Tensor, f: tf.Tensor) => convolve(shuffle(convolve(x, f)), f)
  const program = ({ x, f, dy }: Record<string, tf.Tensor>) => {
    const [byX, byFilter] = tf.grads(of)([x!, f!], dy)
    return { y: of(x!, f!), byX: byX!, byFilter: byFilter! }
  }
  await checkPass(program, given, pass)
  await checkProgram(program, given)
  const { nodes } = optimize(captureExample(program, given), target)
  const moved = nodes.filter(({ op, inputs: [image] }) => op === 'Gather' && image!.shape[2] === 30)
  if (target.block > 0) assert.is(moved.length, 2)
})

test('what moves pixels as well, or gives another image, stays', () => {
  const others = {
    'pixels turned': shuffled([2, 5, 3, 12], [0, 2, 1, 3]),
    'rows with channels': shuffled([2, 5, 6, 6], [0, 1, 3, 2]),
    'another image': (x: tf.Tensor) =>
      tf.reshape(tf.transpose(tf.reshape(x, [2, 5, 3, 2, 6]), [0, 1, 2, 4, 3]), [2, 3, 5, 12]),
    'no image': (x: tf.Tensor) => shuffled([30, 3, 4], [0, 2, 1])(tf.reshape(x, [30, 12])),
  }
  for (const [name, other] of Object.entries(others)) {
    const graph = captureExample(({ x }) => ({ y: other(x!) }), { x: inputs.x })
    pass(graph)
    assert.not.ok(
      graph.nodes.some(({ op }) => op === 'GatherV2'),
      name,
    )
  }
})

test.run()
