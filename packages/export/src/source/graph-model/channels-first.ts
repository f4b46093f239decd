import { ExportError } from '@ashlar/errors'
import type { GraphNode } from './executor.ts'

/**
 * Refuses nodes with channels first: TensorFlow.js runs most of them as if the channels were last, and gives other numbers than the graph means.
 *
 * @throws ExportError with the first of them.
 */
export function refuseChannelsFirst(model: string, nodes: readonly GraphNode[]): void {
  const first = nodes.find((node) => /^NC/.test(formatOf(node)))
  if (first === undefined) return
  throw new ExportError({
    where: `export of ${model}`,
    expected: `the graph must have its channels last, but ${first.op} (node ${first.name}) has them first (${formatOf(first)})`,
    hint: 'The graph is sound, but TensorFlow.js computes such nodes as if their channels were last. Convert a model that was saved with channels last, or export the original to ONNX.',
  })
}

/** Attributes of text come as text or as bytes in base64. */
function formatOf({ rawAttrs }: GraphNode): string {
  const format = rawAttrs?.data_format as { readonly s?: string | readonly string[] } | undefined
  const text = [format?.s ?? ''].flat().join('')
  return /^N[A-Z]+C?$/.test(text) ? text : Buffer.from(text, 'base64').toString('latin1')
}
