import type { Tensor } from '@tensorflow/tfjs'

const path: string[] = []

/** Marks values of a running capture with the layer whose output they are; set by the recorder. */
export interface LayerOutputListener {
  layerOutput(output: Tensor, scope: string): void
}

let listener: LayerOutputListener | undefined

/**
 * Runs `fn` as a part of the layer `name`. Nested scopes join with dots: `block1.conv1`. What is captured inside carries
 * the path, for names in the exported file and for error messages.
 */
export function scope<T>(name: string, fn: () => T): T {
  path.push(name)
  try {
    return fn()
  } finally {
    path.pop()
  }
}

/** The path of the layer that is running, or `''`. */
export function currentScope(): string {
  return path.filter((part) => part !== '').join('.')
}

/** Gives the value of a layer's output the layer's path as its name. Does nothing outside a capture. */
export function markLayerOutput(output: Tensor | readonly Tensor[]): void {
  if (listener === undefined) return
  const outputs = Array.isArray(output) ? (output as readonly Tensor[]) : [output as Tensor]
  const name = currentScope()
  for (const [index, each] of outputs.entries()) {
    listener.layerOutput(each, outputs.length === 1 ? name : `${name}.${index}`)
  }
}

/** Sets who is told of layer outputs; returns the one before, to be put back. */
export function listenToLayers(
  next: LayerOutputListener | undefined,
): LayerOutputListener | undefined {
  const before = listener
  listener = next
  return before
}
