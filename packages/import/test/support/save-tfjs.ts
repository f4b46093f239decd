import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'

/** Writes a layers-model as tfjs saves it into a folder. */
export async function saveLayers(model: tf.LayersModel, folder: string): Promise<void> {
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      mkdirSync(folder, { recursive: true })
      const { modelTopology, weightSpecs, weightData, format } = artifacts
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      const model = { modelTopology, format, weightsManifest }
      writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
      writeFileSync(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
}

/** A small network of images with a batch norm, whose weights are not what it begins with. */
export function smallLayers(): tf.LayersModel {
  const { layers } = tf
  const random = (seed: number) => tf.initializers.randomNormal({ stddev: 0.5, seed })
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        ...{ name: 'stem', inputShape: [8, 8, 3], filters: 4, kernelSize: 3, padding: 'same' },
        ...{ kernelInitializer: random(1), useBias: false },
      }),
      layers.batchNormalization({
        ...{ name: 'norm', betaInitializer: random(2), movingMeanInitializer: random(3) },
      }),
      layers.reLU({ name: 'relu' }),
      layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
      layers.separableConv2d({
        ...{ name: 'separable', filters: 6, kernelSize: 3, activation: 'relu' },
        ...{ depthwiseInitializer: random(4), pointwiseInitializer: random(5) },
      }),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'scores', units: 3, kernelInitializer: random(6) }),
    ],
  })
  return model
}
