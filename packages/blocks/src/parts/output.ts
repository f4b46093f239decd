import { type Layer, layers } from '@ashlar/core'
import { z } from 'zod'

/** What a classifier gives: the logits, or their softmax. */
export type Output = 'logits' | 'probabilities'

/** The dense layer at the end of a classifier. */
export function classifierOf(numClasses: number, output: Output): Layer {
  return layers.dense({
    units: numClasses,
    activation: output === 'logits' ? 'linear' : 'softmax',
  })
}

type ClassifierShape = {
  numClasses: z.ZodDefault<z.ZodInt>
  output: z.ZodDefault<z.ZodEnum<{ logits: 'logits'; probabilities: 'probabilities' }>>
}

/** The options of a classifier. */
export function classifierShape(output: Output): ClassifierShape {
  return {
    numClasses: z.int().positive().default(10).describe('Width of the output.'),
    output: z
      .enum(['logits', 'probabilities'])
      .default(output)
      .describe('What the network gives: logits, or their softmax.'),
  }
}
