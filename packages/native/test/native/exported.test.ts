import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blockPlugins } from '@ashlar/blocks'
import { asModel, type Model } from '@ashlar/core'
import { exportOnnx } from '@ashlar/export'
import { openOnnx } from '@ashlar/graph'
import { openContainer, Registry } from '@ashlar/plugins'
import { sampled } from '@ashlar/test-support'
import type { LayersModel } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { onTensorflow } from '../../src/load/on-tensorflow.ts'
import { EXPORT_TOLERANCE, near } from './support/compare.ts'
import { whereInstalled } from './support/installed.ts'
import { type TriedNetwork, triedNetworks } from './support/networks.ts'

const test = suite('exported files equal the predictions of TensorFlow')
const check = await whereInstalled(test)
const some = sampled(3, check)

const registry = new Registry().register(blockPlugins, '@ashlar/blocks')
const container = openContainer(registry, { seed: 5, folder: process.cwd() })

for (const { title, plugin, options, inputShape, vocabulary } of triedNetworks()) {
  if (plugin.kind !== 'model') continue
  some(`${title}, at batch 1 and 5`, async () => {
    const model = asModel(container.create('model', options, title) as Model | LayersModel)
    if (!model.built) model.build([null, ...inputShape])
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-exported-'))
    try {
      const path = join(folder, 'model.onnx')
      const { report } = await exportOnnx(model, { path })
      assert.match(JSON.stringify(report), '"backend":"tensorflow"')
      const predict = (x: tf.Tensor) => model.apply(x) as tf.Tensor
      await samePredictions(await readFile(path), predict, { inputShape, vocabulary })
    } finally {
      model.dispose()
      await rm(folder, { recursive: true, force: true })
    }
  })
}

check('a model of tfjs layers with two branches', async () => {
  const input = tf.input({ shape: [12] })
  const left = tf.layers.dense({ units: 6, activation: 'elu' }).apply(input)
  const right = tf.layers.dense({ units: 6, activation: 'sigmoid' }).apply(input)
  const joined = tf.layers.concatenate().apply([left, right] as tf.SymbolicTensor[])
  const output = tf.layers.dense({ units: 4, activation: 'softmax' }).apply(joined)
  const model = tf.model({ inputs: input, outputs: output as tf.SymbolicTensor })
  const { bytes } = await exportOnnx(model)
  await samePredictions(bytes, (x) => model.predict(x) as tf.Tensor, {
    inputShape: [12],
  })
  model.dispose()
})

async function samePredictions(
  file: Uint8Array,
  predict: (x: tf.Tensor) => tf.Tensor,
  { inputShape, vocabulary }: Pick<TriedNetwork, 'inputShape' | 'vocabulary'>,
): Promise<void> {
  const loaded = await openOnnx(file)
  try {
    const [name = ''] = loaded.inputNames
    for (const batch of [1, 5]) {
      const shape = [batch, ...inputShape]
      const random = seedrandom.alea('x')
      const size = shape.reduce((product, each) => product * each, 1)
      const data = Float32Array.from({ length: size }, () =>
        vocabulary === undefined ? random() : Math.floor(random() * vocabulary),
      )
      const expected = await onTensorflow(() =>
        tf.tidy(() => predict(tf.tensor(data, shape)).dataSync().slice()),
      )
      const outputs = await loaded.run({ [name]: { shape, data } })
      const [output] = Object.values(outputs)
      near(output!.data as Float32Array, expected, EXPORT_TOLERANCE, 0)
    }
  } finally {
    await loaded.dispose()
  }
}

test.run()
