import { createSession, type Graph, outputName } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { type BuiltGraph, serialize } from '../file/build.ts'
import type { ExportSource } from '../source/source.ts'
import { compare } from './compare.ts'
import { runEagerly } from './eager.ts'
import type { LayerDifference } from './report.ts'
import { runSession } from './session.ts'
import { fromTensor, type NamedData, type TensorData, toTensor } from './tensors.ts'

/**
 * Every layer's output on both sides, in the order of execution. Layers whose output is not in the file any more (a convolution whose batch norm is
 * folded into it) are left out.
 */
export async function compareLayers(
  source: ExportSource,
  built: BuiltGraph,
  feeds: NamedData,
  opset: number,
): Promise<LayerDifference[]> {
  const { graph, places } = withLayerOutputs(built.graph)
  const session = await createSession(serialize({ ...built, graph }, { opset }))
  let file: NamedData
  try {
    file = await runSession(session, feeds)
  } finally {
    await session.release()
  }
  const differences: LayerDifference[] = []
  const record = (layer: string, model: TensorData, { name, isTurned }: Place) => {
    const data = file[name]!
    const { maxAbsolute, allowed, passed } = compare(model, isTurned ? lastOf(data) : data)
    differences.push({ layer, maxAbsolute, allowed, passed })
  }
  const outputs = runEagerly(source, feeds, (layer, data) => {
    const place = places.get(layer)
    if (place !== undefined) record(layer, data, place)
  })
  for (const [name, data] of Object.entries(outputs)) {
    record(`output ${name}`, data, { name, isTurned: false })
  }
  return differences
}

/** Where a layer's output is found among those of the file. */
interface Place {
  readonly name: string
  /** Whether it lies with channels first. */
  readonly isTurned: boolean
}

/** The graph with the output of each layer as a further output of its own. */
function withLayerOutputs(graph: Graph): {
  readonly graph: Graph
  readonly places: ReadonlyMap<string, Place>
} {
  const outputs = [...graph.outputs]
  const places = new Map<string, Place>()
  for (const value of graph.nodes.flatMap((node) => node.outputs)) {
    if (value.name === undefined) continue
    let output = outputs.find((each) => each.value === value)
    if (output === undefined) {
      output = { name: `layer:${value.name}`, value, state: false }
      outputs.push(output)
    }
    places.set(value.name, {
      name: outputName(output),
      isTurned: value.channelsFirst === true,
    })
  }
  return { graph: { ...graph, outputs }, places }
}

function lastOf(data: TensorData): TensorData {
  const axes = data.shape.map((_, axis) => axis)
  const tensor = toTensor(data)
  const turned = tf.transpose(tensor, [0, ...axes.slice(2), 1])
  const result = fromTensor(turned)
  tf.dispose([tensor, turned])
  return result
}
