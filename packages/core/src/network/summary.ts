import { ConfigError } from '@ashlar/errors'
import { sublayers } from './children.ts'
import { countFlops } from './flops.ts'
import type { Network } from './network.ts'
import { isShapeList, recordShapes, type Shape } from './shapes.ts'
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
  readonly inputShape: Shape
  readonly outputShape: Shape
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
  const shape = shapeToSummarize(model, inputShape)
  model.build(shape)
  const { outputs, calls, graph } = recordShapes(([input]) => model.apply(input!), [shape])
  const flops = graph && countFlops(graph)
  const weights = findWeights(model)
  const count = (chosen: typeof weights) =>
    chosen.reduce((sum, { variable }) => sum + variable.size, 0)
  const summary = {
    model: model.getClassName(),
    inputShape: shape,
    outputShape: outputs[0]!,
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
    `${summary.model}: ${formatShape(summary.inputShape)} -> ${formatShape(summary.outputShape)}`,
    rule,
    lines[0],
    rule,
    ...lines.slice(1),
    rule,
    `${formatCount(total)} parameters: ${formatCount(trainable)} trainable, ${formatCount(nonTrainable)} not`,
    `${flops} FLOPs for one sample`,
  ].join('\n')
}

function formatShape(shape: Shape): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
