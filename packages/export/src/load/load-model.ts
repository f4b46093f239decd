import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { silenceCpuGreeting } from './cpu-greeting.ts'
import { readJson } from './json.ts'
import { isKeras3, loadKeras3 } from './keras/load-keras3.ts'
import { checkManifest, type WeightGroup, weightSpecs } from './manifest.ts'

/** The model file in a folder. */
const MODEL_FILE = 'model.json'

/**
 * Loads a model that TensorFlow.js saved or its converter made: a layers-model (Sequential or functional) or a graph-model, with sharded and
 * quantised weights; of Keras 2 and 3. The files may come from anybody. Custom layers must be registered before, by `tf.serialization.registerClass`, custom ops by
 * `tf.registerOp`.
 *
 * @param path a model.json, or the folder that it lies in.
 * @throws DataError when the files are damaged or not complete, or name layers that nobody registered.
 * @example const { report } = await exportOnnx(await loadTfjsModel('web_model'), { path: 'model.onnx' })
 */
export async function loadTfjsModel(path: string): Promise<tf.LayersModel | tf.GraphModel> {
  silenceCpuGreeting()
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false
  const file = isFolder ? join(path, MODEL_FILE) : path
  const model = await readJson(file)
  const kind = kindOf(file, model)
  const groups = await checkManifest(file, model.weightsManifest)
  const specs = weightSpecs(groups)
  const data = await readShards(dirname(file), groups)
  const artifacts: tf.io.ModelArtifacts = {
    ...(model as unknown as tf.io.ModelArtifacts),
    weightSpecs: specs,
    weightData: data,
  }
  const handler: tf.io.IOHandler = { load: () => Promise.resolve(artifacts) }
  const topology = model.modelTopology
  try {
    if (kind === 'layers-model' && isKeras3(topology, specs)) {
      return loadKeras3({ where: file, topology, specs, data })
    }
    return kind === 'graph-model'
      ? await tf.loadGraphModel(handler)
      : await tf.loadLayersModel(handler)
  } catch (error) {
    throw refusal(file, error as Error)
  }
}

type Kind = 'layers-model' | 'graph-model'

/** What the file says it is; files of early versions do not say. */
function kindOf(file: string, { format, modelTopology }: Record<string, unknown>): Kind {
  if (format === 'layers-model' || format === 'graph-model') return format
  const topology = (modelTopology ?? {}) as Record<string, unknown>
  if (format == null && Array.isArray(topology.node)) return 'graph-model'
  if (format == null && ('model_config' in topology || 'class_name' in topology)) {
    return 'layers-model'
  }
  throw new DataError({
    where: file,
    expected: 'must be a layers-model or a graph-model of TensorFlow.js',
    given: format,
  })
}

async function readShards(folder: string, groups: readonly WeightGroup[]): Promise<ArrayBuffer> {
  const shards = groups.flatMap(({ paths }) => paths)
  const parts = await Promise.all(shards.map((shard) => readFile(join(folder, shard))))
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all.buffer
}

function refusal(file: string, cause: Error): DataError {
  if (cause instanceof DataError) return cause
  const unknown = cause.message.match(/^Unknown (\w+): ([^\s.]+)/)
  if (unknown !== null) {
    return new DataError({
      where: file,
      expected: `every ${unknown[1]!.toLowerCase()} must be known, ${unknown[2]} is not`,
      hint: 'Register its class by tf.serialization.registerClass, on the command line in a module given by --plugin.',
      cause,
    })
  }
  return new DataError({
    where: file,
    expected: 'TensorFlow.js must be able to load it',
    hint: cause.message,
    cause,
  })
}
