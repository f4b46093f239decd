import { AshlarError, ExportError, ShapeError } from '@ashlar/errors'
import {
  captureDynamicAsync,
  type DynamicInput,
  type Graph,
  indexedSizes,
  ir,
  optimizeForExport,
  type WriteOptions,
  writeOnnx,
} from '@ashlar/graph'
import { silenceCpuGreeting } from '../load/cpu-greeting.ts'
import type { ImageLayout } from '../source/open.ts'
import { withRightLayers } from '../source/right-layers.ts'
import { withSequenceKernels } from '../source/sequences.ts'
import type { ExportSource, InputSpecs } from '../source/source.ts'
import { dimensionNames } from './dimensions.ts'

/** A model as nodes of standard ONNX. */
export interface BuiltGraph {
  readonly graph: Graph
  /** Names the sizes that vary. */
  readonly dimName: (samples: readonly number[]) => string
  /** Multiplications that one sample takes, about; depthwise convolutions count for more than they are. */
  readonly cost: number
  /** Bytes of all that the model computes on the way for one sample. */
  readonly memory: number
  /** The inputs, with the range of those that hold indices. */
  readonly inputs: InputSpecs
  /** How many numbers the weights are. */
  readonly parameters: number
  /** How many bytes all constants are. */
  readonly bytes: number
}

/**
 * Captures a source and lowers it to ONNX.
 *
 * @throws ExportError naming the layer that has no meaning in ONNX, or whose structure depends on the size of an input.
 */
export async function buildGraph(
  source: ExportSource,
  opset: number,
  layout: ImageLayout,
): Promise<BuiltGraph> {
  silenceCpuGreeting()
  const inputs = Object.fromEntries(
    Object.entries(source.inputs).map(
      ([name, { shape, dtype = 'float32' }]): [string, DynamicInput] => [name, { shape, dtype }],
    ),
  )
  try {
    const captured = await withSequenceKernels(() =>
      withRightLayers(() => captureDynamicAsync((tensors) => source.run(tensors), { inputs })),
    )
    const { cost, memory } = needsOf(captured)
    const sizes = indexedSizes(captured)
    const graph = await optimizeForExport(captured, opset)
    const constants = constantsOf(graph)
    const shapes = new Map(graph.inputs.map(({ name, value }) => [name, value.shape]))
    return {
      graph,
      dimName: dimensionNames(source.inputs, layout, shapes),
      cost,
      memory,
      inputs: ranged(source.inputs, sizes),
      parameters: constants.reduce((sum, value) => sum + Number(ir.sizeOf(value.shape)), 0),
      bytes: constants.reduce((sum, value) => sum + bytesOf(value), 0),
    }
  } catch (error) {
    if (!(error instanceof AshlarError)) throw error
    throw new ExportError({
      where: `export of ${source.name}`,
      expected: 'the model must have a meaning in ONNX',
      hint: `${error.message}${sizesHint(source.inputs, error)}`,
      cause: error,
    })
  }
}

/** Many networks take some sizes of images only: multiples of 64, or those that they were trained on. */
function sizesHint(inputs: InputSpecs, error: AshlarError): string {
  const free = Object.entries(inputs).find(([, { shape }]) => shape.indexOf(null, 1) > 0)
  if (free === undefined || !(error instanceof ShapeError)) return ''
  const [name, { shape }] = free
  const example = shape.map((size, axis) => size ?? (axis === 0 ? '?' : 256)).join()
  return `\n  The model may not take every size. Fix them by \`inputs\`, on the command line --input ${name}=${example}.`
}

/** Indices that nobody gave a range for are those that exist. */
function ranged(inputs: InputSpecs, sizes: ReadonlyMap<string, number>): InputSpecs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => {
      const size = sizes.get(name)
      return [name, size === undefined ? spec : { range: [0, size - 1] as const, ...spec }]
    }),
  )
}

/** A built graph as the bytes of an ONNX file. */
export function serialize(
  { graph, dimName }: Pick<BuiltGraph, 'graph' | 'dimName'>,
  options: WriteOptions,
): Uint8Array {
  return writeOnnx(graph, { ...options, dimName })
}

function constantsOf(graph: Graph): ir.Value[] {
  const found = new Set<ir.Value>()
  for (const { inputs } of ir.allNodes(graph)) {
    for (const input of inputs) if (input && ir.isConstant(input)) found.add(input)
  }
  return [...found]
}

function bytesOf({ shape, dtype }: ir.Value): number {
  if (dtype === 'string' || dtype === 'complex64') return 0
  return Number(ir.sizeOf(shape)) * ir.DTYPES[dtype].bytes
}

/** For each element of a kernel's output, the weights of a channel, and four bytes. */
function needsOf(graph: Graph): Pick<BuiltGraph, 'cost' | 'memory'> {
  const { inputs } = graph
  const first = (size: ir.Dim) => (typeof size === 'number' ? size : size.samples[0]!)
  const elements = (shape: ir.Shape) => shape.reduce<number>((all, size) => all * first(size), 1)
  const batch = inputs.length === 0 ? 1 : first(inputs[0]!.value.shape[0] ?? 1)
  let cost = 0
  let memory = 0
  for (const node of ir.allNodes(graph)) {
    const weights = node.inputs.map((input) =>
      input && ir.isConstant(input) && input.shape.length > 1
        ? elements(input.shape) / first(input.shape.at(-1)!)
        : 1,
    )
    const size = elements(node.outputs[0]?.shape ?? [])
    cost += size * Math.max(1, ...weights)
    memory += size * 4
  }
  return { cost: cost / batch, memory: memory / batch }
}
