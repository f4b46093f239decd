import type { LayerSummary, Summary } from '@ashlar/core'
import { type Html, html } from './html.ts'
import { number, table } from './parts.ts'

/** The model as boxes in a row, then all its layers as a table. */
export function modelSection({ layers, parameters, flops }: Summary): Html[] {
  const outer = layers.filter(({ depth }) => depth === 0)
  return [
    html`<p>${number(parameters.total)} parameters, ${number(parameters.trainable)} of them trained; ${
      flops === undefined ? 'FLOPs are not known' : `${number(flops)} FLOPs for one sample`
    }.</p>`,
    html`<ol class="flow">${outer.map(
      (layer) =>
        html`<li><span>${layer.path}${layer.calls > 1 ? ` ×${layer.calls}` : ''}<small>${layer.type} ${shapeOf(layer)}</small></span></li>`,
    )}</ol>`,
    table(
      ['layer', 'type', 'output shape', 'parameters', 'FLOPs'],
      layers.map((layer) => [
        `${'  '.repeat(2 * layer.depth)}${layer.path.slice(layer.path.lastIndexOf('.') + 1)}${layer.calls > 1 ? ` ×${layer.calls}` : ''}`,
        layer.type,
        shapeOf(layer),
        number(layer.parameters),
        layer.flops === undefined ? '' : number(layer.flops),
      ]),
    ),
  ]
}

function shapeOf({ outputShape }: LayerSummary): string {
  return outputShape === undefined ? '(not called)' : outputShape.slice(1).join('×')
}
