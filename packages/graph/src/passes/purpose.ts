import { type Graph, sizeOf } from '../ir/index.ts'

/** What a program is for. */
export interface Purpose {
  /**
   * Whether it is a step of training, some of whose forms come within 1e-7 of what they stand for. By default
   * whether it assigns variables of more than one number, as the states of recurrent layers and the sums of evaluations are too.
   */
  readonly trains?: boolean | undefined
}

/** Whether it is a step of training. onnxruntime has ops of its own in the place of what it finds in other graphs. */
export function isTrainingStep(graph: Graph, { trains }: Purpose): boolean {
  return trains ?? assignsTensors(graph)
}

/** Whether it assigns variables of more than one number. */
export function assignsTensors({ outputs }: Graph): boolean {
  return outputs.some(({ state, value }) => state && sizeOf(value.shape) !== 1)
}
