import * as tf from '@tensorflow/tfjs'
import type { Lengths } from '../data/lengths.ts'
import type { Program } from '../engines/engine.ts'

/** A program whose sequences are cut to a width before it sees them. */
export function cutPadding(
  program: Program,
  { padded, sequences }: Lengths,
  width: number,
): Program {
  const { name, tables, trains } = program
  return {
    name,
    ...(tables && { tables }),
    trains,
    isChanged: () => program.isChanged?.() ?? false,
    inputs: (batchSize) => program.inputs(batchSize),
    run: (feeds) =>
      program.run(
        Object.fromEntries(
          Object.entries(feeds).map(([feed, tensor]) => [
            feed,
            sequences.has(feed) && width < padded ? firstSteps(tensor, width) : tensor,
          ]),
        ),
      ),
  }
}

function firstSteps(tensor: tf.Tensor, width: number): tf.Tensor {
  const [, , ...rest] = tensor.shape
  const zeros = tensor.shape.map(() => 0)
  return tf.slice(tensor, zeros, [tensor.shape[0]!, width, ...rest])
}
