import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Mlp } from '@ashlar/blocks'
import { networkExamples } from '@ashlar/blocks/testing'
import { type NetworkExample, type TestFunction, testPlugins } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import * as tf from '@tensorflow/tfjs'
import { builtInPlugins } from '../../src/work/registry.ts'

/** A network that was written by an exporter. */
const ofFile: NetworkExample = {
  options: { path: 'net.onnx' },
  inputShape: [5],
  parameters: 5 * 4 + 4 + 4 * 3 + 3,
  async prepare(folder) {
    const net = new Mlp(3, { hidden: [4] })
    net.build([null, 5])
    const { bytes } = await exportOnnx(net, {})
    await writeFile(join(folder, 'net.onnx'), bytes)
    net.dispose()
  },
}

/** A network that TensorFlow.js saved. */
const ofTfjs: NetworkExample = {
  options: { path: 'web' },
  inputShape: [5],
  parameters: 5 * 4 + 4 + 4 * 3 + 3,
  async prepare(folder) {
    const net = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [5], units: 4, activation: 'relu' }),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    })
    await net.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format }) => {
        await mkdir(join(folder, 'web'), { recursive: true })
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
        const saved = JSON.stringify({ modelTopology, format, weightsManifest })
        await writeFile(join(folder, 'web', 'model.json'), saved)
        await writeFile(
          join(folder, 'web', 'weights.bin'),
          new Uint8Array(weightData as ArrayBuffer),
        )
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
      }),
    )
    net.dispose()
  },
}

/** Tests that every registered exporter takes every registered block and model: those whose example is deep, or all others. */
export function exportersTakeNetworks(test: TestFunction, { deep }: { deep: boolean }): void {
  const using = builtInPlugins()
    .list()
    .map(({ plugin }) => plugin)
  const { block } = networkExamples
  const model = { ...networkExamples.model, onnx: ofFile, tfjs: ofTfjs }
  const isDeep = (example: object) => [example].flat().some((each) => 'deep' in each && each.deep)
  const pick = (kind: typeof block) =>
    Object.fromEntries(Object.entries(kind).filter(([, example]) => isDeep(example) === deep))
  const examples = { block: pick(block), model: pick(model) }
  const elsewhere = new Set(
    [block, model].flatMap((kind) =>
      Object.entries(kind).flatMap(([name, example]) => (isDeep(example) === deep ? [] : [name])),
    ),
  )
  testPlugins(
    test,
    using.filter(
      ({ kind, name }) => (kind === 'block' || kind === 'model') && !elsewhere.has(name),
    ),
    examples,
    { using, checks: ['goes through every exporter'] },
  )
}
