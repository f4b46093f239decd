import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OpenFile } from '../run/file-runner.ts'
import type { ExportSource } from '../source/source.ts'
import { fromTensor, type NamedData, type TensorData, toTensor } from '../tensors.ts'
import { compare, type Difference } from './compare.ts'
import { runEagerly } from './eager.ts'
import type { LayerDifference } from './report.ts'
import { roundingOf } from './sensitivity.ts'

/** A file whose layers are looked into. */
export interface LayeredFile {
  readonly bytes: Uint8Array
  /** Where it lies, when its numbers lie in a file beside it. */
  readonly path?: string | undefined
}

/**
 * Every layer's output on both sides, in the order of execution. Layers whose output is not in the file any more (a convolution whose batch norm is
 * folded into it) are left out.
 */
export async function compareLayers(
  source: ExportSource,
  { bytes, path, open }: LayeredFile & { readonly open: OpenFile },
  feeds: NamedData,
): Promise<LayerDifference[]> {
  const { extended, layerOf } = withLayerOutputs(bytes)
  const file = await runExtended(extended, path, feeds, open)
  const differences: LayerDifference[] = []
  const rounding = roundingOf(source, feeds)
  let depth = 0
  const record = (layer: string, model: TensorData, data: TensorData | undefined) => {
    // Each layer adds rounding of its own to what it is given.
    depth++
    if (data === undefined) return
    const { maxAbsolute, allowed, passed } = nearest(model, data, depth * rounding)
    differences.push({ layer, maxAbsolute, allowed, passed })
  }
  const outputs = await runEagerly(source, feeds, (layer, data) => record(layer, data, file[layer]))
  for (const [name, data] of Object.entries(outputs)) {
    record(`${layerOf(name)} (output ${name})`, data, file[name])
  }
  return differences
}

/** A layer's output may lie with channels first in the file, or without its axes of one. */
function nearest(model: TensorData, given: TensorData, rounding: number): Difference {
  const isFlat = given.shape.length < model.shape.length && given.data.length === model.data.length
  const data = isFlat ? { ...given, shape: model.shape } : given
  const plain = compare(model, data, rounding)
  if (plain.passed || data.shape.length < 4) return plain
  const turned = compare(model, channelsLast(data), rounding)
  return turned.maxAbsolute < plain.maxAbsolute ? turned : plain
}

/**
 * The file with every value as an output, as layers' outputs are named by the layers.
 *
 * @returns also the layer that computes an output.
 */
function withLayerOutputs(bytes: Uint8Array) {
  const model = onnx.ModelProto.decode(bytes)
  const nodes = model.graph?.node ?? []
  const outputs = model.graph?.output ?? []
  const taken = new Set(outputs.map(({ name }) => name))
  for (const name of nodes.flatMap(({ output }) => output ?? [])) {
    if (name !== '' && !taken.has(name)) outputs.push(onnx.ValueInfoProto.create({ name }))
  }
  return {
    extended: onnx.ModelProto.encode(model).finish(),
    layerOf: (name: string) => {
      const node = nodes.find(({ output }) => output?.includes(name))
      return node?.name?.split('/').slice(0, -1).join('/') || 'model'
    },
  }
}

async function runExtended(
  model: Uint8Array,
  path: string | undefined,
  feeds: NamedData,
  open: OpenFile,
): Promise<NamedData> {
  // Numbers in another file are found from the folder of the model.
  const beside = path && `${path}.layers-${randomBytes(4).toString('hex')}.tmp`
  try {
    if (beside) await writeFile(beside, model)
    const runner = await open(beside ?? model)
    try {
      return await runner.run(feeds)
    } finally {
      await runner.release()
    }
  } finally {
    if (beside) await rm(beside, { force: true })
  }
}

function channelsLast(data: TensorData): TensorData {
  const axes = data.shape.map((_, axis) => axis)
  const tensor = toTensor(data)
  const turned = tf.transpose(tensor, [0, ...axes.slice(2), 1])
  const result = fromTensor(turned)
  tf.dispose([tensor, turned])
  return result
}
