import { type Graph, sizeOf } from '../ir/index.ts'

/** Whether it is a step of training. onnxruntime has ops of its own in the place of what it finds in other graphs. */
export function updatesWeights({ outputs }: Graph): boolean {
  return outputs.some(({ state, value }) => state && sizeOf(value.shape) !== 1)
}
