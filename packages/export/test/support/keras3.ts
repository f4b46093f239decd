import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as tf from '@tensorflow/tfjs'
import { loadTfjsModel } from '../../src/index.ts'
import { writeModel } from './saved.ts'
import { inScratch } from './scratch.ts'

/** A tensor in JSON. */
export interface Numbers {
  readonly shape: number[]
  readonly data: number[]
}

/** A model that tensorflowjs_converter made of a Keras 3 file, and what Keras predicts; see fixtures/keras3_models.py. */
export interface Fixture {
  readonly model: {
    readonly modelTopology: Record<string, unknown>
    readonly weightsManifest: readonly [{ readonly weights: readonly object[] }]
  }
  readonly weights: string
  readonly inputs: readonly Numbers[]
  readonly outputs: readonly Numbers[]
}

const folder = fileURLToPath(new URL('../fixtures/keras3/', import.meta.url))
/** The fixtures' names. */
export const names: readonly string[] = (await readdir(folder))
  .filter((name) => name.endsWith('.json'))
  .sort()

export async function readKeras3(name: string): Promise<Fixture> {
  return JSON.parse(await readFile(join(folder, name), 'utf8'))
}

/** The model of a fixture, loaded as a user loads it. */
export async function loadKeras3({
  model,
  weights,
}: Pick<Fixture, 'model' | 'weights'>): Promise<tf.LayersModel> {
  return inScratch(async (scratch) => {
    const path = await writeModel(scratch, {
      format: 'layers-model',
      modelTopology: model.modelTopology,
      weights: model.weightsManifest[0].weights,
      data: Buffer.from(weights, 'base64'),
    })
    return (await loadTfjsModel(path)) as tf.LayersModel
  })
}
