import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { groupsAsChannels } from '../../src/passes/channel-groups.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { checkPass } from '../support/check-pass.ts'
import { checkProgram } from '../support/check-program.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('channels in groups')

type Given = Record<string, tf.Tensor>

const before = [simplifyAlgebra, mergeCommonSubexpressions, removeDeadCode]
const pass = (graph: Graph) => {
  groupsAsChannels(graph)
  removeDeadCode(graph)
}

const [batch, height, width, channels] = [2, 6, 5, 16]

const inputsOf = (shape: readonly [number, number, number, number]) => ({
  x: { shape },
  f: { shape: [3, 3, shape[3], shape[3]], range: [-0.2, 0.2] as const },
  scale: { shape: [shape[3]], range: [0.5, 2] as const },
  offset: { shape: [shape[3]] },
})

const inputs = inputsOf([batch, height, width, channels])

const convolve = (x: tf.Tensor, f: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')

/** With the channels in groups. */
const parted = (x: tf.Tensor, groups: number) => {
  const [count, rows, columns, all] = x.shape as [number, number, number, number]
  return tf.reshape(x, [count, rows, columns, groups, all / groups])
}

/** Ways in which group norms are written. */
const NORMS: Readonly<Record<string, (x: tf.Tensor, given: Given) => tf.Tensor>> = {
  'by moments of five axes': (x, { scale, offset }) => {
    const groups = parted(x, 8)
    const { mean, variance } = tf.moments(groups, [1, 2, 4], true)
    const y = tf.div(tf.sub(groups, mean), tf.sqrt(tf.add(variance, 1e-3)))
    return tf.add(tf.mul(tf.reshape(y, x.shape), scale!), offset!)
  },
  'with all pixels along one axis': (x, { scale, offset }) => {
    const groups = tf.reshape(x, [batch, height * width, 4, channels / 4])
    const mean = tf.mean(groups, [1, 3], true)
    const centred = tf.sub(groups, mean)
    const variance = tf.mean(tf.square(centred), [1, 3], true)
    const y = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-3)))
    return tf.add(tf.mul(tf.reshape(y, x.shape), scale!), offset!)
  },
  'scaled while in groups': (x, { scale, offset }) => {
    const groups = parted(x, 2)
    const { mean, variance } = tf.moments(groups, [1, 2, -1], true)
    const each = (vector: tf.Tensor) => tf.reshape(vector, [1, 1, 1, 2, channels / 2])
    const y = tf.div(tf.sub(groups, mean), tf.sqrt(tf.add(variance, 1e-3)))
    return tf.reshape(tf.add(tf.mul(y, each(scale!)), each(offset!)), x.shape)
  },
}

const step = (norm: (typeof NORMS)[string]) => (given: Given) => {
  const loss = (x: tf.Tensor, f: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
    const y = tf.relu(norm(convolve(x, f), { scale, offset }))
    return tf.mean(tf.square(convolve(y, f)))
  }
  const names = ['x', 'f', 'scale', 'offset'] as const
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => given[name]!))
  return { value, ...Object.fromEntries(grads.map((grad, at) => [`d${names[at]}`, grad])) }
}

for (const [name, norm] of Object.entries(NORMS)) {
  test(`${name}: the same numbers on images`, async () => {
    const { graph } = await checkPass(step(norm), inputs, pass, { before, tolerance: 2e-4 })
    const large = graph.nodes.filter(({ outputs: [output] }) => {
      const { shape } = output!
      return shape.length !== 4 && shape.some((size) => size === height || size === height * width)
    })
    assert.equal(
      large.map(({ op }) => op),
      [],
    )
  })

  test(`${name}: as tfjs has it, forms for the CPU`, () => checkProgram(step(norm), inputs, 1e-3))
}

for (const block of [8, 16]) {
  test(`images stay in blocks of ${block} from one convolution to the next, there and back`, () => {
    const large = inputsOf([2, 24, 20, 48])
    const graph = captureExample(step(NORMS['by moments of five axes']!), large)
    const { nodes } = optimize(graph, { ...portableTarget(), portable: false, block })
    const lasting = nodes.filter(
      ({ op, outputs: [y] }) =>
        ['Mul', 'Add', 'Sub', 'Div', 'Relu'].includes(op) && y!.shape.join() === '2,24,20,48',
    )
    assert.equal(
      lasting.map(({ op }) => op),
      [],
    )
  })
}

/** What is no group norm. */
const OTHERS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'sums of groups in each pixel': (x) =>
    tf.sum(tf.square(tf.reshape(x, [batch, height, width, 4, 4])), [4]),
  'groups are left out of a sum': (x) =>
    tf.sum(tf.square(tf.reshape(x, [batch, height, width, 4, 4])), [1, 2, 3]),
  'a number for each row of pixels': (x) => {
    const groups = parted(x, 4)
    return tf.reshape(tf.sub(groups, tf.mean(groups, [2, 4], true)), x.shape)
  },
  'pixels are parted': (x) => tf.square(tf.reshape(x, [batch, height / 2, 2, width, channels])),
  'groups against others of another size': (x) =>
    tf.mul(
      tf.reshape(x, [batch, height, width, 4, 4]),
      tf.reshape(tf.reverse(x, 3), [batch, height, width, 4, 4]),
    ),
}

for (const [name, op] of Object.entries({ mul: tf.mul, add: tf.add })) {
  test(`${name} of images whose pixels are parted otherwise, all pixels along one axis`, async () => {
    const flat = (each: tf.Tensor) => tf.reshape(each, [batch, height * width, 4, 4])
    const program = ({ x, y }: Given) => {
      const both = op(flat(x!), tf.square(flat(y!)))
      return { both, mean: tf.mean(both, [1, 3]) }
    }
    const y = { shape: [batch, width, height, channels] }
    await checkPass(program, { x: inputs.x, y }, pass, { before, tolerance: 1e-4 })
  })
}

for (const [name, of] of Object.entries(OTHERS)) {
  test(`${name}: the same numbers`, async () => {
    await checkPass(({ x }) => ({ y: of(x!) }), { x: inputs.x }, pass, { before, tolerance: 1e-4 })
  })
}

test.run()
