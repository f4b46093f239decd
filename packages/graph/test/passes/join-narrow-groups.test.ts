import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Graph } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { mergeCommonSubexpressions } from '../../src/passes/common-subexpressions.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { joinNarrowGroups } from '../../src/passes/join-narrow-groups.ts'
import { prepareToLower } from '../../src/passes/optimize.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { checkPass } from '../support/check-pass.ts'
import { captureExample } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('convolutions in groups of few channels')

const target = await cpuTarget()
/** Of the tests, whatever the machine's own is. */
const BLOCK = 16
type Given = Record<string, tf.Tensor>
type Program = (given: Given) => Record<string, tf.Tensor>

interface Case {
  readonly groups: number
  readonly inputs: number
  readonly outputs: number
  readonly kernel?: number
  readonly strides?: number
  readonly size?: readonly [batch: number, height: number, width: number]
}

const shapesOf = ({ groups, inputs, outputs, kernel = 3, size = [2, 7, 5] }: Case) => ({
  x: { shape: [...size, groups * inputs] },
  ...Object.fromEntries(
    Array.from({ length: groups }, (_, group) => [
      `f${group}`,
      { shape: [kernel, kernel, inputs, outputs] },
    ]),
  ),
})

const grouped = (x: tf.Tensor, filters: tf.Tensor[], strides = 1, dilations = 1) =>
  tf.concat(
    tf
      .split(x, filters.length, 3)
      .map((part, group) =>
        tf.conv2d(
          part as tf.Tensor4D,
          filters[group] as tf.Tensor4D,
          strides,
          'same',
          'NHWC',
          dilations,
        ),
      ),
    3,
  )

/** The result, and its derivatives by image and filters. */
const program =
  ({ groups, strides }: Case): Program =>
  (given) => {
    const names = ['x', ...Array.from({ length: groups }, (_, group) => `f${group}`)]
    const y = (x: tf.Tensor, filters: tf.Tensor[]) => grouped(x, filters, strides)
    const loss = (x: tf.Tensor, ...filters: tf.Tensor[]) =>
      y(x.sin(), filters).square().sum() as tf.Scalar
    const found = tf.grads(loss as never)(names.map((name) => given[name]!))
    const [x, ...filters] = names.map((name) => given[name]!)
    return {
      y: y(x!, filters),
      ...Object.fromEntries(found.map((each, index) => [`d${names[index]}`, each])),
    }
  }

const pass = (graph: Graph) => {
  joinNarrowGroups(graph, BLOCK)
  removeDeadCode(graph)
}
const check = (run: Program, inputs: ReturnType<typeof shapesOf>) =>
  checkPass(run, inputs, pass, {
    target,
    tolerance: 2e-4,
    before: [simplifyAlgebra, mergeCommonSubexpressions, removeDeadCode],
  })
const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length

const cases: Readonly<Record<string, readonly [Case, convolutions: number]>> = {
  'two of 8 channels in each': [{ groups: 4, inputs: 8, outputs: 8 }, 2],
  'all groups in one': [{ groups: 4, inputs: 4, outputs: 4 }, 1],
  'as many as their number is divided by': [{ groups: 6, inputs: 4, outputs: 4 }, 2],
  'more outputs than inputs, at a stride': [{ groups: 4, inputs: 2, outputs: 8, strides: 2 }, 2],
  'fewer outputs than inputs': [{ groups: 2, inputs: 5, outputs: 3 }, 1],
  'one pixel': [{ groups: 4, inputs: 6, outputs: 4, kernel: 1, size: [1, 3, 3] }, 2],
}
for (const [name, [each, convolutions]] of Object.entries(cases))
  test(`${name}, with their derivatives`, async () => {
    const { graph } = await check(program(each), shapesOf(each))
    for (const op of ['Conv2DBackpropInput', 'Conv2DBackpropFilter'])
      assert.is(count(graph, op), convolutions, op)
    // Of the image, and of its sine for the loss.
    assert.is(count(graph, 'Conv2D'), 2 * convolutions)
  })

const small: Case = { groups: 2, inputs: 4, outputs: 4 }
const unlike: Readonly<Record<string, Program>> = {
  'parts in another order': ({ x, f0, f1 }) => {
    const [a, b] = tf.split(x!, 2, 3) as tf.Tensor4D[]
    const y = [
      tf.conv2d(b!, f0 as tf.Tensor4D, 1, 'same'),
      tf.conv2d(a!, f1 as tf.Tensor4D, 1, 'same'),
    ]
    return { y: tf.concat(y, 3) }
  },
  'a result that is read by itself': ({ x, f0, f1 }) => {
    const [a, b] = tf.split(x!, 2, 3) as tf.Tensor4D[]
    const y = [
      tf.conv2d(a!, f0 as tf.Tensor4D, 1, 'same'),
      tf.conv2d(b!, f1 as tf.Tensor4D, 1, 'same'),
    ]
    return { y: tf.concat(y, 3), own: y[0]!.exp() }
  },
  'unlike strides': ({ x, f0, f1 }) => {
    const [a, b] = tf.split(x!, 2, 3) as tf.Tensor4D[]
    const y = [
      tf.conv2d(a!, f0 as tf.Tensor4D, [1, 1], 'same', 'NHWC', [1, 1]),
      tf.conv2d(b!, f1 as tf.Tensor4D, [1, 1], 'same', 'NHWC', [2, 2]),
    ]
    return { y: tf.concat(y, 3) }
  },
  'results put together along the height': ({ x, f0, f1 }) => {
    const [a, b] = tf.split(x!, 2, 3) as tf.Tensor4D[]
    const y = [
      tf.conv2d(a!, f0 as tf.Tensor4D, 1, 'same'),
      tf.conv2d(b!, f1 as tf.Tensor4D, 1, 'same'),
    ]
    return { y: tf.concat(y, 1) }
  },
}
for (const [name, run] of Object.entries(unlike))
  test(`stay as they are: ${name}`, async () => {
    assert.is(count((await check(run, shapesOf(small))).graph, 'Conv2D'), 2)
  })

test('stay as they are where no two of them fit into a block', async () => {
  const wide: Case = { groups: 2, inputs: 4, outputs: 12 }
  assert.is(count((await check(program(wide), shapesOf(wide))).graph, 'Conv2D'), 4)
})

test('dilated windows', async () => {
  const { graph } = await check(
    ({ x, f0, f1 }) => ({ y: grouped(x!, [f0!, f1!], 1, 2) }),
    shapesOf(small),
  )
  assert.is(count(graph, 'Conv2D'), 1)
})

test('filters that two such convolutions share in part are told apart', async () => {
  const { graph } = await check(({ x, f0, f1 }) => {
    const y = grouped(x!, [f0!, f1!])
    return { y, z: grouped(x!.sin(), [f0!, f0!]) }
  }, shapesOf(small))
  assert.is(count(graph, 'Conv2D'), 2)
})

test('evaluation, where infinite numbers stay where they are, keeps its groups', () => {
  const graph = captureExample(({ x, f0, f1 }) => ({ y: grouped(x!, [f0!, f1!]) }), shapesOf(small))
  prepareToLower(graph, { ...target, block: BLOCK })
  assert.is(count(graph, 'Conv2D'), 2)
})

test.run()
