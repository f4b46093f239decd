import { ConfigError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { sublayers } from './children.ts'
import { countFlops } from './flops.ts'
import type { Network } from './network.ts'
import { type InputDtype, isShapeList, recordShapes, type Shape, type Tensors } from './shapes.ts'
import { findWeights } from './weights.ts'

/** One layer in a {@link Summary}. */
export interface LayerSummary {
  /** Where it stands in the model: `block1.conv1`. */
  readonly path: string
  /** What the layer around it calls it: `conv1`. */
  readonly name: string
  /** Class of the layer: `Conv2D`. */
  readonly type: string
  /** 0 for a field of the model itself. */
  readonly depth: number
  /** Of its first call; `null` stands for the batch. Undefined for a layer that is not called. */
  readonly outputShape: Shape | undefined
  /** Calls in one forward pass. */
  readonly calls: number
  /** Numbers in its weights, those of layers inside included. */
  readonly parameters: number
  /** For one sample, all calls together, layers inside included; undefined when the model cannot be captured. */
  readonly flops: number | undefined
}

/** What a model consists of. `String(summary)` is a table. */
export interface Summary {
  readonly model: string
  /** Of the first input where there are several, as `outputShape` is of the first output. */
  readonly inputShape: Shape
  readonly outputShape: Shape
  /** All inputs by name, of a model of several inputs or outputs. */
  readonly inputs?: Readonly<Record<string, Shape>> | undefined
  /** All outputs by name, of a model of several inputs or outputs. */
  readonly outputs?: Readonly<Record<string, Shape>> | undefined
  readonly layers: readonly LayerSummary[]
  readonly parameters: {
    readonly total: number
    readonly trainable: number
    readonly nonTrainable: number
  }
  /** For one sample: multiply-adds of convolutions and matrix products, counted twice. */
  readonly flops: number | undefined
  toString(): string
}

/** See `Model.summary`. */
export function summarize(model: Network, inputShape?: Shape): Summary {
  const { shapes, run, dtypes } = modelToRecord(model, inputShape)
  const { outputs, calls, graph } = recordShapes(run, shapes, dtypes)
  const signature = model.signature()
  const names = (list: readonly string[], all: readonly Shape[]) =>
    Object.fromEntries(all.map((shape, at) => [list[at] ?? String(at + 1), shape]))
  const flops = graph && countFlops(graph)
  const weights = findWeights(model)
  const count = (chosen: typeof weights) =>
    chosen.reduce((sum, { variable }) => sum + variable.size, 0)
  const summary = {
    model: model.getClassName(),
    inputShape: shapes[0]!,
    outputShape: outputs[0]!,
    ...((shapes.length > 1 || outputs.length > 1) && {
      inputs: names(signature?.inputs.map(({ name }) => name) ?? [], shapes),
      outputs: names(signature?.outputs ?? [], outputs),
    }),
    layers: sublayers(model).map(({ path, name, layer, depth }) => {
      const own = calls.filter((call) => call.layer === layer)
      const first = own[0]?.outputs[0]
      const paths = new Set(own.map((call) => call.path))
      return {
        path,
        name,
        type: layer.getClassName(),
        depth,
        outputShape: first && [null, ...first.slice(1)],
        calls: own.length,
        parameters: count(weights.filter(({ name }) => isWithin(name, path))),
        flops: flops && sum(flops, (scope) => [...paths].some((each) => isWithin(scope, each))),
      }
    }),
    parameters: {
      total: count(weights),
      trainable: count(weights.filter(({ trainable }) => trainable)),
      nonTrainable: count(weights.filter(({ trainable }) => !trainable)),
    },
    flops: flops && sum(flops, () => true),
  }
  return { ...summary, toString: () => formatSummary(summary) }
}

/** A model that is built, ready for `recordShapes`. */
export interface RecordedModel {
  readonly shapes: readonly Shape[]
  readonly dtypes: readonly InputDtype[] | undefined
  readonly run: (inputs: tf.Tensor[]) => Tensors
}

/**
 * Builds a model to be looked at, with all of its inputs.
 *
 * @throws ConfigError when it is not built and no shape is given.
 */
export function modelToRecord(model: Network, inputShape?: Shape): RecordedModel {
  const built = model.inputShape
  if (inputShape === undefined && built !== undefined && isShapeList(built)) {
    const dtypes = model.signature()?.inputs.map(({ dtype }) => dtype)
    return { shapes: built, dtypes, run: (inputs) => model.apply<Tensors>(inputs) }
  }
  const shape = shapeToSummarize(model, inputShape)
  model.build(shape)
  return { shapes: [shape], dtypes: undefined, run: ([input]) => model.apply<Tensors>(input!) }
}

/**
 * The shape that a model is looked at with.
 *
 * @throws ConfigError when it is not built and none is given, or has several inputs.
 */
export function shapeToSummarize(model: Network, inputShape?: Shape): Shape {
  const shape = inputShape ?? model.inputShape
  if (shape !== undefined && !isShapeList(shape)) return shape
  throw new ConfigError({
    where: `${model.getClassName()}.summary`,
    expected: 'the model must be built, or `inputShape` given',
    given: shape,
    hint: 'For example summary([null, 28, 28, 1]).',
  })
}

/** Whether a name is that of a layer, or of something inside it. */
export function isWithin(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}.`)
}

function sum(flops: ReadonlyMap<string, number>, matches: (scope: string) => boolean): number {
  let total = 0
  for (const [scope, count] of flops) if (matches(scope)) total += count
  return total
}

/** A summary as a table, also one that was stored. */
export function formatSummary(summary: Omit<Summary, 'toString'>): string {
  const rows = [
    ['layer', 'type', 'output shape', 'parameters', 'FLOPs'],
    ...summary.layers.map(({ name, type, depth, outputShape, calls, parameters, flops }) => [
      `${'  '.repeat(depth)}${name}${calls > 1 ? ` (x${calls})` : ''}`,
      type,
      outputShape === undefined ? '(not called)' : formatShape(outputShape),
      formatCount(parameters),
      flops === undefined ? '?' : formatCount(flops),
    ]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)))
  const { total, trainable, nonTrainable } = summary.parameters
  const flops = summary.flops === undefined ? '?' : formatCount(summary.flops)
  return [
    `${summary.model}: ${formatShapes(summary.inputs, summary.inputShape)} -> ${formatShapes(summary.outputs, summary.outputShape)}`,
    rule,
    lines[0],
    rule,
    ...lines.slice(1),
    rule,
    `${formatCount(total)} parameters: ${formatCount(trainable)} trainable, ${formatCount(nonTrainable)} not`,
    `${flops} FLOPs for one sample`,
  ].join('\n')
}

function formatShapes(named: Readonly<Record<string, Shape>> | undefined, only: Shape): string {
  const entries = Object.entries(named ?? {})
  if (entries.length < 2 && entries[0]?.[0] === undefined) return formatShape(only)
  return entries.map(([name, shape]) => `${name} ${formatShape(shape)}`).join(', ')
}

function formatShape(shape: Shape): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
