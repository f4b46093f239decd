import type { Tensor } from '@tensorflow/tfjs'
import { currentScope } from './scope.ts'

/** Is told of layers' outputs: the recorder of a capture, or whoever observes an eager run. */
export interface LayerOutputListener {
  /** @param name the layer's path; from the second output of a layer on with a number behind it. */
  layerOutput(output: Tensor, name: string): void
}

let listener: LayerOutputListener | undefined

/** How often each listener was told of each path. */
const told = new WeakMap<LayerOutputListener, Map<string, number>>()

/** Gives the value of a layer's output the layer's path as its name. Does nothing when nobody listens. */
export function markLayerOutput(output: Tensor | readonly Tensor[]): void {
  if (listener === undefined) return
  const outputs = Array.isArray(output) ? (output as readonly Tensor[]) : [output as Tensor]
  const name = currentScope()
  for (const [index, each] of outputs.entries()) {
    listener.layerOutput(each, unique(listener, outputs.length === 1 ? name : `${name}.${index}`))
  }
}

/** Whether anybody listens to layers' outputs: they need not be kept otherwise. */
export function layersAreObserved(): boolean {
  return listener !== undefined
}

/** A layer that is used twice has two outputs; both listeners of a program count them alike. */
function unique(listening: LayerOutputListener, name: string): string {
  let counts = told.get(listening)
  if (counts === undefined) {
    counts = new Map()
    told.set(listening, counts)
  }
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  return count === 1 ? name : `${name}_${count}`
}

/** Sets who is told of layer outputs; returns the one before, to be put back. */
export function listenToLayers(
  next: LayerOutputListener | undefined,
): LayerOutputListener | undefined {
  const before = listener
  listener = next
  return before
}

/** Runs `fn` and tells the listener of each layer's output, also outside a capture. */
export function observeLayerOutputs<T>(observer: LayerOutputListener, fn: () => T): T {
  const before = listenToLayers(observer)
  try {
    return fn()
  } finally {
    listenToLayers(before)
  }
}
