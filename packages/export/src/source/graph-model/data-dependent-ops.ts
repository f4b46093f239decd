import { ExportError } from '@ashlar/errors'
import { knownNumbers } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { NodeCall, NodeOp } from './executor.ts'

/** Ops whose results are as large as the numbers say. tfjs computes them by reading the numbers; here each is a kernel of the graph. */
export const freeSizeOps: Readonly<Record<string, NodeOp>> = {
  Where: ({ inputs: [condition] }) =>
    tf.engine().runKernel('NonZero', { x: tf.cast(condition!, 'bool') }) as tf.Tensor,
  Range: ({ node, inputs }) => {
    const [start, stop, step] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const [from, to, by] = [start, stop, step].map((each) => knownNumbers(each)?.[0])
    if (from === undefined || to === undefined || by === undefined) {
      return tf.engine().runKernel('FreeRange', { start, stop, step }) as tf.Tensor
    }
    return tf.range(from, to, by, (node.attrParams.dtype?.value ?? 'float32') as 'float32')
  },
  NonMaxSuppressionV2: (call) => suppress('NonMaxSuppressionV3', call, {}) as tf.Tensor,
  NonMaxSuppressionV3: (call) => suppress('NonMaxSuppressionV3', call, {}) as tf.Tensor,
  NonMaxSuppressionV4: (call) =>
    suppress('NonMaxSuppressionV4', call, {
      padToMaxOutputSize: call.node.attrParams.padToMaxOutputSize?.value === true,
    }) as tf.Tensor[],
  NonMaxSuppressionV5: (call) =>
    suppress('NonMaxSuppressionV5', call, { softNmsSigma: numberOf(call, 5, 0) }) as tf.Tensor[],
}

/** tfjs's functions would take the number of boxes for the largest number to keep, where those are fewer in a capture. */
function suppress(kernel: string, call: NodeCall, attrs: tf.NamedAttrMap): unknown {
  const [boxes, scores] = call.inputs as [tf.Tensor2D, tf.Tensor1D]
  return tf.engine().runKernel(
    kernel,
    { boxes, scores },
    {
      ...attrs,
      maxOutputSize: numberOf(call, 2, 0),
      iouThreshold: numberOf(call, 3, 0.5),
      // Absent in version 2; tfjs then takes its own default, no threshold.
      scoreThreshold: numberOf(call, 4, Number.NEGATIVE_INFINITY),
    },
  )
}

function numberOf({ node, inputs }: NodeCall, index: number, otherwise: number): number {
  const tensor = inputs[index]
  if (tensor === undefined) return otherwise
  const number = knownNumbers(tensor)?.[0]
  if (number !== undefined) return number
  throw new ExportError({
    where: `${node.name} (${node.op})`,
    expected: 'how many boxes are kept, and by which thresholds, must not depend on inputs',
    hint: 'Give them as constants.',
  })
}
