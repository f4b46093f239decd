import { AshlarError, ExportError, ShapeError } from '@ashlar/errors'
import {
  captureDynamicAsync,
  type DynamicInput,
  type ExportPassOptions,
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
import { type ExportSource, type InputSpecs, isFree } from '../source/source.ts'
import { dimensionNames } from './dimensions.ts'
import { type FreeAxis, freeAxes, type Needs, needsOf, type Sizes } from './free-axes.ts'
import { longestSum } from './longest-sum.ts'

/** A model as nodes of standard ONNX. */
export interface BuiltGraph {
  readonly graph: Graph
  /** Names the sizes that vary. */
  readonly dimName: (size: ir.SymbolicDim) => string
  /** What varies in the inputs. */
  readonly free: readonly FreeAxis[]
  /** What one sample takes at given sizes. */
  readonly needs: (sizes: Sizes) => Needs
  /** Multiplications that one sample takes, about; depthwise convolutions count for more than they are. */
  readonly cost: number
  /** Bytes of all that the model computes on the way for one sample. */
  readonly memory: number
  /** The inputs, with the range of those that hold indices. */
  readonly inputs: InputSpecs
  /** The most terms that a number is the sum of in products with constants. */
  readonly longestSum: number
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
  passes: ExportPassOptions = {},
): Promise<BuiltGraph> {
  silenceCpuGreeting()
  const inputs = Object.fromEntries(
    Object.entries(source.inputs).map(
      ([name, { shape, dtype = 'float32' }]): [string, DynamicInput] => [
        name,
        dtype === 'uint8' ? { shape, dtype: 'float32', storage: dtype } : { shape, dtype },
      ],
    ),
  )
  try {
    const captured = await withSequenceKernels(() =>
      withRightLayers(() => captureDynamicAsync((tensors) => source.run(tensors), { inputs })),
    )
    const shapes = new Map(captured.inputs.map(({ name, value }) => [name, value.shape]))
    const dimName = dimensionNames(source.inputs, layout, shapes)
    const free = freeAxes(captured, dimName)
    const needs = needsOf(captured, free)
    const { cost, memory } = needs(new Map(free.map(({ name, min }) => [name, Math.max(min, 21)])))
    const sizes = indexedSizes(captured)
    const graph = await optimizeForExport(captured, opset, passes)
    const constants = constantsOf(graph)
    return {
      graph,
      dimName,
      free,
      needs,
      cost,
      memory,
      inputs: ranged(source.inputs, sizes),
      longestSum: longestSum(graph),
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
  const free = Object.entries(inputs).find(([, { shape }]) => shape.slice(1).some(isFree))
  if (free === undefined || !(error instanceof ShapeError)) return ''
  const [name, { shape }] = free
  const example = shape.map((size, axis) => (isFree(size) ? (axis === 0 ? '?' : 256) : size)).join()
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
