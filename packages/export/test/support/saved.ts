import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as tf from '@tensorflow/tfjs'

/** Writes a model as `tf.LayersModel.save` gives it, its weights cut into files of that many bytes. */
export async function saveModel(
  model: tf.LayersModel,
  folder: string,
  shardBytes = 1 << 22,
): Promise<string> {
  let artifacts: tf.io.ModelArtifacts | undefined
  await model.save({
    save: (given) => {
      artifacts = given
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
      })
    },
  })
  const { modelTopology, weightSpecs, weightData } = artifacts!
  return writeModel(folder, {
    format: 'layers-model',
    modelTopology,
    weights: weightSpecs!,
    data: new Uint8Array(weightData as ArrayBuffer),
    shardBytes,
  })
}

/** What a model.json and its shards are made of. */
export interface SavedParts {
  readonly format: string
  readonly modelTopology: object | undefined
  readonly weights: readonly object[]
  readonly data: Uint8Array
  readonly shardBytes?: number
  readonly rest?: object
}

/** Writes a model.json with its shards; returns its path. */
export async function writeModel(folder: string, parts: SavedParts): Promise<string> {
  const { format, modelTopology, weights, data, shardBytes = 1 << 22, rest } = parts
  await mkdir(folder, { recursive: true })
  const count = Math.max(1, Math.ceil(data.length / shardBytes))
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`)
  for (const [index, path] of paths.entries()) {
    const part = data.subarray(index * shardBytes, (index + 1) * shardBytes)
    await writeFile(join(folder, path), part)
  }
  const path = join(folder, 'model.json')
  const weightsManifest = [{ paths, weights }]
  await writeFile(path, JSON.stringify({ format, modelTopology, weightsManifest, ...rest }))
  return path
}

/** A node of a TensorFlow graph; attributes as the converter writes them. */
export function graphNode(
  name: string,
  op: string,
  input: readonly string[] = [],
  attr: object = {},
): object {
  return { name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } }
}

/** Attributes of a tensor's type and shape. */
export function shapeAttr(shape: readonly number[], type = 'DT_FLOAT'): object {
  return {
    dtype: { type },
    shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } },
  }
}
