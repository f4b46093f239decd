import { ConfigError } from '@ashlar/errors'
import { ownLayersSaid } from '../file/own-layers.ts'
import type { OpenFile } from '../run/file-runner.ts'
import { calibrate } from './calibrate.ts'
import { dynamicLayers, toDynamic } from './dynamic.ts'
import type { FedBatch } from './feeds.ts'
import { toHalf } from './half.ts'
import { allGraphs, layerOf, type ModelProto, opsetOf, TYPE } from './proto.ts'
import type { Reduction } from './report.ts'
import { toStatic, valuesToWatch } from './static.ts'
import { planStatic } from './static-plan.ts'

/** Makes reduced models of one model. */
export interface Reducer {
  /** Layers that can be reduced. */
  readonly layers: readonly string[]
  /** A model whose layers are reduced, but for those that are kept. */
  make(keep: ReadonlySet<string>): ModelProto
}

/** What a reducer works with. */
export interface ReducerContext {
  /** The model, anew each time. */
  read(): ModelProto
  /** Names it in errors. */
  readonly from: string
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>
  readonly calibration: readonly FedBatch[]
  readonly open: OpenFile
}

/** The first opset with a scale for each channel. */
const CHANNELS_FROM = 13
/** The first opset with whole numbers in matrix products that are rounded as they come. */
const DYNAMIC_FROM = 11

/** @throws ConfigError for a model that has nothing to reduce, whose operator set is too old, or that does not say which layers are to stay as they are. */
export async function openReducer(to: Reduction, context: ReducerContext): Promise<Reducer> {
  const { read, from, metadata } = context
  switch (to) {
    case 'fp16': {
      // Sizes of pictures and numbers of tables may be more than a half holds.
      const own = ownLayersSaid(metadata, from, `to be reduced to ${to}: they stay float32`)
      return some(from, to, {
        layers: halfLayers(read()).filter((layer) => !own.includes(layer)),
        make: (keep) => toHalf(read(), new Set([...keep, ...own])),
      })
    }
    case 'dynamic':
      requireOpset(read(), from, DYNAMIC_FROM)
      return some(from, to, {
        layers: dynamicLayers(read()),
        make: (keep) => toDynamic(read(), keep),
      })
    case 'int8': {
      requireOpset(read(), from, CHANNELS_FROM)
      const { weightNodes } = planStatic(read(), new Set())
      const layers = [...new Set([...weightNodes.keys()].map(layerOf))]
      const reducer = {
        layers,
        make: (keep: ReadonlySet<string>) => toStatic(read(), ranges, keep),
      }
      some(from, to, reducer)
      const ranges = await calibrate(read(), valuesToWatch(read()), context.calibration, {
        open: context.open,
        where: from,
      })
      return reducer
    }
  }
}

/** Layers that have weights, or compute floats at all. */
function halfLayers(model: ModelProto): string[] {
  const layers = new Set<string>()
  const floats = new Set<string>()
  for (const graph of allGraphs(model.graph!)) {
    for (const each of graph.initializer ?? [])
      if (each.dataType === TYPE.float) floats.add(each.name!)
  }
  for (const node of model.graph!.node ?? []) {
    if ((node.input ?? []).some((name) => floats.has(name))) layers.add(layerOf(node))
  }
  return [...layers]
}

function some(from: string, to: Reduction, reducer: Reducer): Reducer {
  if (reducer.layers.length > 0) return reducer
  const what = {
    fp16: 'it must have weights of floats',
    int8: 'it must have a convolution or a matrix product with weights of floats',
    dynamic: 'it must have a matrix product with weights of floats',
  }
  throw new ConfigError({
    where: from,
    expected: `to be reduced to ${to}, ${what[to]}`,
    hint: to === 'dynamic' ? 'For convolutions there is `int8`.' : undefined,
  })
}

function requireOpset(model: ModelProto, where: string, from: number): void {
  const opset = opsetOf(model)
  if (opset >= from) return
  throw new ConfigError({
    where,
    expected: `int8 needs the operators of opset ${from} or newer`,
    given: opset,
    hint: 'Export the model again with a newer `opset`.',
  })
}
