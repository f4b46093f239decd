import { fileURLToPath } from 'node:url'
import { DataError } from '@ashlar/errors'
import { exportOnnx } from '@ashlar/export'
import { openOnnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTensorflow } from '../../src/load/load-tensorflow.ts'
import { onTensorflow } from '../../src/load/on-tensorflow.ts'
import { loadSavedModel } from '../../src/saved-model/load-saved-model.ts'
import { rejection } from '../support/rejects.ts'
import { EXPORT_TOLERANCE, near } from './support/compare.ts'
import { whereInstalled } from './support/installed.ts'

const test = suite('SavedModel to ONNX')
const check = await whereInstalled(test)

/** Made by make.py beside them. */
const folderOf = (name: string) => fileURLToPath(new URL(`saved-models/${name}`, import.meta.url))

interface Feed {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

function wave(...shape: number[]): Feed {
  const size = shape.reduce((product, each) => product * each, 1)
  return { shape, data: Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.3 + 0.2)) }
}

/** What TensorFlow itself makes of a SavedModel. */
async function predictions(
  folder: string,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Record<string, ArrayLike<number>>> {
  const { tfjsNode } = await loadTensorflow()
  return onTensorflow(async () => {
    const saved = await tfjsNode.node.loadSavedModel(folder)
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
      ]),
    )
    const outputs = saved.predict(tensors) as Record<string, tf.Tensor>
    const found = Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync().slice()])
    tf.dispose([tensors, outputs])
    saved.dispose()
    return Object.fromEntries(found)
  })
}

async function sameAsTensorflow(
  name: string,
  feeds: readonly Readonly<Record<string, Feed>>[],
): Promise<void> {
  const folder = folderOf(name)
  const model = await loadSavedModel(folder)
  const { bytes } = await exportOnnx(model)
  model.dispose()
  const loaded = await openOnnx(bytes)
  for (const feed of feeds) {
    const expected = await predictions(folder, feed)
    assert.equal([...loaded.outputNames].sort(), Object.keys(expected).sort())
    assert.equal([...loaded.inputNames].sort(), Object.keys(feed).sort())
    const found = await loaded.run(feed)
    for (const [output, numbers] of Object.entries(expected)) {
      near(found[output]!.data as Float32Array, numbers, EXPORT_TOLERANCE)
    }
  }
  await loaded.dispose()
}

check('functions in functions, an embedding, an op with two outputs, at any batch', () =>
  sameAsTensorflow('mlp', [
    { x: wave(3, 4), word: { shape: [3], data: Int32Array.of(4, 0, 2) } },
    { x: wave(1, 4), word: { shape: [1], data: Int32Array.of(1) } },
  ]),
)

check('a convolution, a batch norm whose first output is used, pooling', () =>
  sameAsTensorflow('convnet', [{ image: wave(2, 8, 8, 1) }, { image: wave(5, 8, 8, 1) }]),
)

check('an operation without a meaning is named', async () => {
  let message = 'nothing'
  try {
    const model = await loadSavedModel(folderOf('loop'))
    await exportOnnx(model)
  } catch (error) {
    message = (error as Error).message
  }
  assert.match(message, /While/)
})

check('what is not there is named with what is', async () => {
  const folder = folderOf('mlp')
  const signature = await rejection(loadSavedModel(folder, { signature: 'train' }), DataError)
  assert.match(signature.message, 'signature must be one of serving_default, got "train"')
  const tags = await rejection(loadSavedModel(folder, { tags: ['gpu', 'serve'] }), DataError)
  assert.match(tags.message, 'tags must be one of serve, got "gpu, serve"')
  const none = await rejection(
    loadSavedModel(fileURLToPath(new URL('.', import.meta.url))),
    DataError,
  )
  assert.match(none.message, 'must be a SavedModel: it has no saved_model.pb')
})

test.run()
