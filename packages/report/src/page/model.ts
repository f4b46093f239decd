import { type LayerSummary, type LayerTimes, layerTime, type Summary } from '@ashlar/core'
import type { StepNotes } from '../diagram/diagram.ts'
import { type Content, Html, html } from '../html.ts'
import type { PlotImage } from '../plots/plot.ts'
import { number, table } from './parts.ts'

/** What a page says about a model. */
export interface ModelParts {
  readonly model: Summary
  readonly times: LayerTimes | undefined
  readonly diagram: PlotImage | undefined
}

/** The model as a graph, then all its layers as a table. */
export function modelSection({ model, times, diagram }: ModelParts): Html[] {
  const { layers, parameters, flops } = model
  return [
    html`<p>${number(parameters.total)} parameters, ${number(parameters.trainable)} of them trained; ${
      flops === undefined ? 'FLOPs are not known' : `${number(flops)} FLOPs for one sample`
    }${times && `; ${milliseconds(times.milliseconds)} ms for one sample, all layers together`}.</p>`,
    diagram === undefined
      ? html`<p class="soft">No diagram: the model calls kernels that cannot be captured.</p>`
      : html`<div class="diagram" tabindex="0">${new Html(diagram.svg)}</div>`,
    table(
      ['layer', 'type', 'output shape', 'parameters', 'FLOPs', ...(times ? ['ms', 'time'] : [])],
      [
        ...layers.map((layer) => [
          nameOf(layer, diagram),
          layer.type,
          shapeOf(layer),
          number(layer.parameters),
          layer.flops === undefined ? '' : number(layer.flops),
          ...(times ? timeOf(times, layerTime(times, layer.path)) : []),
        ]),
        ...(times?.layers.has('')
          ? [['outside of layers', '', '', '', '', ...timeOf(times, times.layers.get(''))]]
          : []),
      ],
      { text: 2 },
    ),
    times === undefined
      ? html`<p class="soft">The layers were not timed: the model has no meaning in ONNX.</p>`
      : html`<p class="soft">Times are those of one sample in the model as it is exported, run by onnxruntime on the machine that wrote this page: medians of many runs, node
by node, which takes longer than a run that nobody watches. A layer without a time is computed together with another one, as a batch norm is in the convolution before it.</p>`,
  ]
}

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
              `${number(layer.parameters)} parameters`,
              ...(layer.flops ? [`${number(layer.flops)} FLOPs`] : []),
            ]),
        ...(time === undefined ? [] : [`${milliseconds(time)} ms`]),
      ].join(', ')
    },
  }
}

/** A layer of the diagram leads there; its own row is where the diagram leads to. */
function nameOf(
  { path, name, depth, calls }: LayerSummary,
  diagram: PlotImage | undefined,
): Content {
  const step = `step-${path}`
  const isDrawn = diagram?.svg.includes(`id="${html`${step}`}"`)
  const shown = isDrawn ? html`<a href="#${step}">${name}</a>` : name
  return html`<span id="layer-${path}">${'\u2003'.repeat(depth)}${shown}${calls > 1 ? ` ×${calls}` : ''}</span>`
}

function timeOf({ milliseconds: all }: LayerTimes, time: number | undefined): string[] {
  return time === undefined
    ? ['', '']
    : [milliseconds(time), `${((100 * time) / all).toFixed(1)} %`]
}

/** `0.028`, `1.53`: onnxruntime counts in microseconds. */
function milliseconds(time: number): string {
  return time < 1 ? time.toFixed(3) : number(Number(time.toPrecision(4)))
}

function shapeOf({ outputShape }: LayerSummary): string {
  return outputShape === undefined ? '(not called)' : outputShape.slice(1).join('×')
}
