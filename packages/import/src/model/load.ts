import { freeze as freezeLayers } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { OnnxFile } from '../file/graph.ts'
import { readOnnx } from '../file/read.ts'
import { asFloat } from '../float/as-float.ts'
import { findOperator, readAttributes } from '../ops/table.ts'
import { type FixedInputs, fixInputs } from '../program/fix-inputs.ts'
import { withKnownBranches } from '../program/known-branches.ts'
import { readTfjs } from '../tfjs/load-tfjs.ts'
import type { HeadOptions } from './head.ts'
import { addLora, type LoraOptions } from './lora.ts'
import { OnnxModel, type OnnxModelOptions } from './onnx-model.ts'

/** How a file becomes a model, and what of it is trained. */
export interface LoadOnnxOptions extends OnnxModelOptions {
  /** Layers that are not trained, by path: `layer1.**`; `all-but-head` leaves the new head alone. */
  readonly freeze?: readonly string[] | 'all-but-head' | undefined
  /** Inputs that have the same numbers always: `{ sr: 16000 }`. They are inputs no more, and of branches that they decide between only the one that is taken is left. */
  readonly fixed?: FixedInputs | undefined
  /** Small matrices that are trained in the place of large ones. */
  readonly lora?: LoraOptions | undefined
}

/**
 * Reads an ONNX file, of anybody and of any exporter, as a model: its floats are trainable weights under the names of the file, its nodes TensorFlow.js code.
 *
 * @throws DataError for a file that is none, or is damaged; EngineError that lists what can't be computed; ConfigError for a cut where nothing is.
 * @example const model = await loadOnnx('resnet50.onnx', { output: 'layer4', head: { classes: 5 }, freeze: 'all-but-head' })
 */
export async function loadOnnx(path: string, options: LoadOnnxOptions = {}): Promise<OnnxModel> {
  return loadOnnxNow(path, options)
}

/**
 * The same for a layers-model or graph-model that TensorFlow.js saved or its converter made.
 *
 * @param path a model.json, or the folder that it lies in.
 * @throws DataError for files that are damaged, or name layers that are not TensorFlow.js's own.
 * @example const model = await loadTfjs('web_model', { output: 'flatten', head: { classes: 5 }, freeze: 'all-but-head' })
 */
export async function loadTfjs(path: string, options: LoadOnnxOptions = {}): Promise<OnnxModel> {
  return loadTfjsNow(path, options)
}

/** The same without waiting. */
export function loadTfjsNow(path: string, options: LoadOnnxOptions = {}): OnnxModel {
  return modelOf(readTfjs(path), options)
}

/** {@link loadOnnx} without waiting. */
export function loadOnnxNow(path: string, options: LoadOnnxOptions = {}): OnnxModel {
  const file = readOnnx(path)
  refuseFedWeights(file)
  return modelOf(file, options)
}

function modelOf(
  file: OnnxFile,
  { freeze, lora, fixed = {}, ...rest }: LoadOnnxOptions,
): OnnxModel {
  const model = new OnnxModel(asFloat(withKnownBranches(fixInputs(file, fixed))), rest)
  if (freeze === 'all-but-head') freezeAllButHead(model)
  else if (freeze !== undefined && freeze.length > 0) freezeLayers(model, freeze)
  if (lora !== undefined) addLora(model, lora)
  return model
}

/** Freezes every layer of the file. */
export function freezeAllButHead(model: OnnxModel): void {
  for (const [name, layer] of model.children()) if (name !== 'head') layer.trainable = false
}

/**
 * The same network ending at another layer, node or value. Both share their weights.
 *
 * @throws ConfigError that names the closest where nothing is of that name.
 * @example const features = cut(await loadOnnx('resnet50.onnx'), 'layer4')
 */
export function cut(model: OnnxModel, output: string | number): OnnxModel {
  const { head: _, ...options } = model.options
  return new OnnxModel(model.file, { ...options, output }, model)
}

/** The same network with a new classifier on what it gives: cut it first where its own is to go. Both share their weights. */
export function replaceHead(model: OnnxModel, head: HeadOptions): OnnxModel {
  return new OnnxModel(model.file, { ...model.options, head }, model)
}

/** Weights that are fed have no numbers to begin with. */
function refuseFedWeights({ path, graph, opsets }: OnnxFile): void {
  const fed = new Map(graph.inputs.map((port) => [port.name, port]))
  for (const node of graph.nodes) {
    const declaration = findOperator(node, opsets)
    if (declaration?.weightOrders === undefined) continue
    const attributes = readAttributes(node, declaration)
    for (const place of Object.keys(
      declaration.weightOrders({ attributes: attributes as never }),
    )) {
      const name = node.inputs[Number(place)] ?? ''
      const shape = fed.get(name)?.shape
      if (shape === undefined || !shape.every((size) => typeof size === 'number')) continue
      throw new ConfigError({
        where: path,
        expected: `the weights must be in the file: ${node.name} (${node.op}) takes ${JSON.stringify(name)} as an input`,
        hint: 'Export the network again with its weights (torch: export_params=True; Keras: freeze the graph), or make the tensor an initializer.',
      })
    }
  }
}
