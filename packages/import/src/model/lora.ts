import { freeze } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { OnnxModel } from './onnx-model.ts'

/** Low-rank adapters (Hu et al. 2021): a matrix W counts as W + alpha / rank * A B, of which A and B alone are trained. */
export interface LoraOptions {
  /** Columns of A, rows of B; 8 by default. */
  readonly rank?: number | undefined
  /** How much the product counts, over the rank; the rank by default. */
  readonly alpha?: number | undefined
  /** Which layers get them, by path; all that have matrices by default. */
  readonly layers?: readonly string[] | undefined
}

/**
 * Gives layers with matrices adapters and freezes everything else but the head. B begins with zeros, so that the network begins as it was. An exported file has the sums: adapters cost nothing there.
 *
 * @returns paths of the layers that have them now.
 * @throws ConfigError when no layer has a matrix.
 */
export function addLora(model: OnnxModel, options: LoraOptions = {}): string[] {
  const { rank = 8, alpha = rank, layers = ['**'] } = options
  const frozen = new Map(model.sublayers().map(({ layer }) => [layer, layer.trainable]))
  const chosen = new Set(freeze(model, layers))
  for (const [layer, trainable] of frozen) layer.trainable = trainable
  const found: string[] = []
  for (const [name, layer] of Object.entries(model.parts)) {
    layer.keepWeights()
    if (chosen.has(name) && layer.addAdapters(rank, alpha / rank, model.seed)) found.push(name)
  }
  if (found.length > 0) return found
  throw new ConfigError({
    where: model.name,
    expected: 'a layer must have a matrix to put an adapter beside',
    given: layers,
    hint: 'Dense layers have them; convolutions do not.',
  })
}
