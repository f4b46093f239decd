import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../../src/index.ts'
import { refusal } from '../../support/refusal.ts'
import { graphNode as node, shapeAttr, writeModel } from '../../support/saved.ts'
import { inScratch } from '../../support/scratch.ts'

const test = suite('control flow that has no meaning in ONNX')

const int = 'DT_INT32'
const number = (name: string) => node(name, 'Placeholder', [], shapeAttr([], int))
const matrix = node('x', 'Placeholder', [], shapeAttr([4, 4]))
const vector = node('scores', 'Placeholder', [], shapeAttr([4]))
const constant = (name: string) => node(name, 'Const', [], shapeAttr([], int))
const list = { element_dtype: { type: 'DT_FLOAT' }, T: undefined }

/** What the export of these nodes is refused with; the constants `one` and `five` are there. */
async function refusalOf(nodes: readonly object[]): Promise<string> {
  let message = ''
  await inScratch(async (folder) => {
    const path = await writeModel(folder, {
      format: 'graph-model',
      modelTopology: {
        node: [constant('one'), constant('five'), ...nodes],
        library: {},
        versions: {},
      },
      weights: ['one', 'five'].map((name) => ({ name, shape: [], dtype: 'int32' })),
      data: new Uint8Array(Int32Array.of(1, 5).buffer),
    })
    const model = (await loadTfjsModel(path)) as tf.GraphModel
    const error = await refusal(() => exportOnnx(model))
    message = error.message
  })
  return message
}

test('a list whose length depends on an input', async () => {
  const message = await refusalOf([
    number('n'),
    node('list', 'TensorListReserve', ['one', 'n'], list),
    node('y', 'TensorListLength', ['list']),
    node('switch', 'NonMaxSuppressionV2', ['x', 'scores', 'y', 'one']),
    matrix,
    vector,
  ])
  assert.match(message, /it has NonMaxSuppressionV2 \(node switch\)/)
  assert.match(
    message,
    /list \(TensorListReserve\): the number of elements of a list must not depend on the numbers of its inputs\n/,
  )
  assert.match(message, /Cut the graph before it, or give it as a constant\./)
})

test('boxes of which an input says how many are kept', async () => {
  const message = await refusalOf([
    matrix,
    vector,
    number('n'),
    node('kept', 'NonMaxSuppressionV2', ['x', 'scores', 'n', 'one']),
  ])
  assert.match(
    message,
    /kept \(NonMaxSuppressionV2\): how many boxes are kept, and by which thresholds, must not depend on inputs\n\s+Give them as constants\./,
  )
})

test('what comes together without having parted', async () => {
  const message = await refusalOf([matrix, node('y', 'Merge', ['x', 'x'])])
  assert.match(message, /y \(Merge\): what comes together must be the two sides of a Switch\n/)
  assert.match(message, /Convert the model again with control flow of version 2\./)
})

test('a loop that is not whole', async () => {
  const message = await refusalOf([matrix, node('y', 'Exit', ['x'])])
  assert.match(message, /y \(Exit\): a loop must have a Switch there, got \["Placeholder"\]/)
})

test('lists that are taken from', async () => {
  const message = await refusalOf([
    node('list', 'TensorListReserve', ['one', 'five'], list),
    node('last', 'TensorListPopBack', ['list', 'one'], list),
    matrix,
    node('parted', 'Where', ['last']),
  ])
  assert.match(
    message,
    /last \(TensorListPopBack\): TensorListPopBack must not be among what it runs/,
  )
})

test('nodes with channels first, which TensorFlow.js computes as if they were last', async () => {
  const image = node('image', 'Placeholder', [], shapeAttr([1, 2, 4, 4]))
  const ints = (...values: number[]) => ({ list: { i: values.map(String) } })
  for (const s of ['NCHW', Buffer.from('NCHW').toString('base64')]) {
    const message = await refusalOf([
      image,
      node('pool', 'MaxPool', ['image'], {
        data_format: { s },
        ksize: ints(1, 1, 2, 2),
        strides: ints(1, 1, 2, 2),
        padding: { s: 'VkFMSUQ=' },
      }),
    ])
    assert.match(
      message,
      'the graph must have its channels last, but MaxPool (node pool) has them first (NCHW)',
    )
    assert.match(message, 'The graph is sound')
  }
})

test.run()
