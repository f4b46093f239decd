import { freeze as freezeLayers } from '@ashlar/core'
import { readOnnx } from '../file/read.ts'
import { OnnxModel, type OnnxModelOptions } from './onnx-model.ts'

/** How a file becomes a model, and what of it is trained. */
export interface LoadOnnxOptions extends OnnxModelOptions {
  /** Layers that are not trained, by path: `layer1.**`; `all-but-head` leaves the new head alone. */
  readonly freeze?: readonly string[] | 'all-but-head' | undefined
}

/**
 * Reads an ONNX file, of anybody and of any exporter, as a model: its floats are trainable weights under the names of the file, its nodes TensorFlow.js code.
 *
 * @throws DataError for a file that is none, or is damaged; EngineError that lists what can't be computed; ConfigError for a cut where nothing is.
 * @example const model = await loadOnnx('resnet50.onnx', { output: 'layer4', head: { classes: 5 }, freeze: 'all-but-head' })
 */
export async function loadOnnx(path: string, options: LoadOnnxOptions = {}): Promise<OnnxModel> {
  const { freeze, ...rest } = options
  const model = new OnnxModel(await readOnnx(path), rest)
  if (freeze === 'all-but-head') freezeAllButHead(model)
  else if (freeze !== undefined && freeze.length > 0) freezeLayers(model, freeze)
  return model
}

/** Freezes every layer of the file. */
export function freezeAllButHead(model: OnnxModel): void {
  for (const [name, layer] of model.children()) if (name !== 'head') layer.trainable = false
}
