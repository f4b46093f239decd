import type { Node, Value } from '../ir/index.ts'
import type { ChannelAxes } from '../ops/channel-axes.ts'
import { findKernel } from '../ops/registry.ts'

/** A tensor and the letters of its last axes; see {@link ChannelAxes}. */
export type Lettered = readonly [value: Value, letters: string]

/** Which axes of a node's tensors are channels. */
export interface LetteredTensors {
  readonly axes: ChannelAxes
  /** Inputs, then outputs. */
  readonly tensors: readonly Lettered[]
}

/**
 * The tensors of a captured node with their letters. Undefined where the kernel does not say, or the call is not meant: it has an input without letters, or another number of
 * channels in one place than in another. One number for all channels is none for each, nor is one for each pixel.
 */
export function letteredTensors(node: Node): LetteredTensors | undefined {
  const axes = node.domain === 'tfjs' ? findKernel(node.op)?.channels?.(node.attrs) : undefined
  if (!axes || !node.inputNames.every((name) => axes.inputs[name] !== undefined)) return undefined
  const tensors: Lettered[] = [
    ...node.inputNames.map((name, at): Lettered => [node.inputs[at]!, axes.inputs[name]!]),
    ...node.outputs.map((output, at): Lettered => [output, axes.outputs[at]!]),
  ]
  const sizes = new Map<string, unknown>([['1', 1]])
  const fits = ([{ shape }, letters]: Lettered) =>
    [...letters.replace('*', '')].toReversed().every((letter, at) => {
      const size = shape.at(-1 - at)
      if (!sizes.has(letter)) sizes.set(letter, size)
      return sizes.get(letter) === size
    })
  const isWhole = ([{ shape }, letters]: Lettered) => letters.length > 1 || shape.length === 1
  return tensors.every((each) => fits(each) && isWhole(each)) ? { axes, tensors } : undefined
}

/** Whether a tensor is an image, by its letters. */
export function isImage(letters: string): boolean {
  return letters.startsWith('*')
}
