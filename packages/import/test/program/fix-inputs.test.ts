import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FixedInputs, loadOnnx } from '../../src/index.ts'
import {
  type MadeModel,
  type MadeTensor,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'

const test = suite('inputs that are fixed')

const scalar = (value: number): MadeTensor => ({ shape: [], data: [value] })

/** A product with a matrix, under names that both branches use. */
const branch = (matrix: MadeTensor, more: MadeModel['nodes'] = []) => ({
  graph: {
    inputs: {},
    outputs: ['out'],
    weights: { 'dense.weight': matrix, kept: scalar(2) },
    nodes: [
      { op: 'MatMul', name: 'dense', inputs: ['x', 'dense.weight'], outputs: ['h'] },
      ...more,
      { op: 'Mul', name: 'twice', inputs: ['h', 'kept'], outputs: ['out'] },
    ],
  },
})

const narrow = weight([4, 3], 1)
const wide = weight([4, 5], 2)

/** One If after the other by the same rate; the first stands for networks of two rates in a file, the second uses the names of the first again. */
const network: MadeModel = {
  inputs: { x: ['batch', 4], rate: [] },
  outputs: ['y', 'z'],
  weights: { high: scalar(16) },
  nodes: [
    { op: 'Equal', name: 'is', inputs: ['rate', 'high'], outputs: ['is'] },
    {
      op: 'If',
      name: 'first',
      inputs: ['is'],
      outputs: ['y'],
      attributes: { then_branch: branch(narrow), else_branch: branch(wide) },
    },
    { op: 'Not', name: 'not', inputs: ['is'], outputs: ['not'] },
    {
      op: 'If',
      name: 'second',
      inputs: ['not'],
      outputs: ['z'],
      attributes: { then_branch: branch(wide), else_branch: branch(narrow) },
    },
  ],
}

const data = numbers(3 * 4, 5)

for (const [rate, columns] of [
  [16, 3],
  [8, 5],
] as const) {
  test(`the branch of ${rate} is left alone, its weights train, and a file is made of it`, () =>
    withFile(makeOnnx(network), async (path) => {
      const model = await loadOnnx(path, { fixed: { rate } })
      assert.equal(
        model.namedWeights().map(({ name, variable }) => [name, ...variable.shape]),
        [
          ['dense.weight', 4, columns],
          ['second.dense.weight', 4, columns],
        ],
      )
      assert.equal(
        model.signature()!.inputs.map(({ name }) => name),
        ['x'],
      )
      const { bytes } = await exportOnnx(model)
      const { graph } = onnx.ModelProto.decode(bytes)
      assert.not(graph!.node!.some(({ opType }) => opType === 'If'))
      const x = { shape: [3, 4], data }
      const wanted = await runBytes(makeOnnx(network), {
        x,
        rate: { shape: [], data: Float32Array.of(rate) },
      })
      const results = await runBytes(bytes, { x })
      for (const [at, each] of results.entries()) {
        assert.equal(each.dims, [3, columns])
        allClose(each.data, wanted[at]!.data)
      }
      model.dispose()
    }))
}

test('vectors, truth values, and sizes that follow from the numbers', () =>
  withFile(
    makeOnnx({
      inputs: { x: ['batch', 3], scale: ['features'], on: [1] },
      outputs: ['y'],
      nodes: [
        { op: 'Mul', inputs: ['x', 'scale'], outputs: ['s'] },
        { op: 'Mul', inputs: ['s', 'on'], outputs: ['y'] },
      ],
    }),
    async (path) => {
      const model = await loadOnnx(path, { fixed: { scale: [1, 2, 3], on: true } })
      const y = tf.tidy(() => (model.call(tf.ones([1, 3]), {}) as tf.Tensor).dataSync())
      assert.equal([...y], [1, 2, 3])
      model.dispose()
    },
  ))

test('where nothing is fixed, it is said that the weights of branches stay as they are', () =>
  withFile(makeOnnx(network), async (path) => {
    const told = (name: string) =>
      `32 numbers inside ${name} (If) stay as they are. Where what decides between its branches is always the same, fix that input: then they train.`
    const free = await loadOnnx(path)
    assert.equal(free.notes, [told('first'), told('second')])
    const fixed = await loadOnnx(path, { fixed: { rate: 16 } })
    assert.equal(fixed.notes, [])
    free.dispose()
    fixed.dispose()
  }))

test('branches that do not both fit, and nothing fixed: the message says that it can be', () => {
  const [is, first] = network.nodes
  const attributes = { then_branch: branch(narrow), else_branch: branch(weight([5, 3], 3)) }
  const one = { ...network, outputs: ['y'], nodes: [is!, { ...first!, attributes }] }
  return withFile(makeOnnx(one), async (path) => {
    const model = await loadOnnx(path)
    const message = await exportOnnx(model).then(
      () => 'it was not refused',
      (error: Error) => error.message,
    )
    assert.match(
      message,
      /\(If\): both branches must fit these inputs.* fixed: \{ NAME: NUMBER \}/s,
    )
    model.dispose()
  })
})

const refusals: readonly (readonly [FixedInputs, RegExp])[] = [
  [{ ratt: 16 }, /FILE: .*ratt.*rate/s],
  [{ rate: [1, 2] }, /FILE: input rate: its fixed numbers must be as many as \[\] holds/],
  [{ x: [1, 2, 3] }, /FILE: input x: its fixed numbers must be as many as \[batch, 4\] holds/],
  [{ rate: Number.NaN }, /FILE: input rate: its fixed numbers must be of type float32/],
  [{ x: [1, 2, 3, 4], rate: 1 }, /FILE: an input must be left that is not fixed/],
]

for (const [fixed, expected] of refusals) {
  test(`refused: ${JSON.stringify(fixed)}`, () =>
    withFile(makeOnnx(network), async (path) => {
      const message = await loadOnnx(path, { fixed }).then(
        () => 'it was not refused',
        (error: Error) => error.message.replaceAll(path, 'FILE'),
      )
      assert.match(message, expected)
    }))
}

test.run()
