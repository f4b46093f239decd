import { type LayerTimes, layerTime, type Summary } from '@ashlar/core'
import { formatNumber } from '@ashlar/ui'
import type { StepNotes } from './diagram.ts'

/** What the diagram says of layers. */
export function stepNotes({ layers }: Summary, times: LayerTimes | undefined): StepNotes {
  const byPath = new Map(layers.map((layer) => [layer.path, layer]))
  return {
    share(path) {
      const time = times && layerTime(times, path)
      return time === undefined ? undefined : time / times!.milliseconds
    },
    details(path) {
      const layer = byPath.get(path)
      const time = times && layerTime(times, path)
      return [
        path,
        ...(layer === undefined
          ? []
          : [
              layer.type,
              `${formatNumber(layer.parameters)} parameters`,
              ...(layer.flops ? [`${formatNumber(layer.flops)} FLOPs`] : []),
            ]),
        ...(time === undefined ? [] : [`${formatNumber(time)} ms`]),
      ].join(', ')
    },
  }
}
