import { fromData, type Layer, layers } from '@ashlar/core'
import { z } from 'zod'

/** What a classifier gives: the logits, or their softmax. */
export type Output = 'logits' | 'probabilities'

/** The dense layer at the end of a classifier. One output says yes or no, as a sigmoid does. */
export function classifierOf(numClasses: number, output: Output): Layer {
  const shares = numClasses === 1 ? 'sigmoid' : 'softmax'
  return layers.dense({ units: numClasses, activation: output === 'logits' ? 'linear' : shares })
}

/** Outputs of a network that is made where no data says how many: as many as MNIST has classes. */
export const OUTPUTS = 10

type ClassifierShape = {
  numClasses: z.ZodOptional<z.ZodInt>
  output: z.ZodOptional<z.ZodEnum<{ logits: 'logits'; probabilities: 'probabilities' }>>
}

/** The options of a classifier. */
export function classifierShape(output: Output): ClassifierShape {
  return {
    numClasses: fromData(z.int().positive(), 'outputs').describe(
      'Width of the output; left out, what the data asks for: a number for each class or target.',
    ),
    output: fromData(z.enum(['logits', 'probabilities']), 'output').describe(
      `What the network gives: logits (plain numbers), or their softmax; left out, ${output}, and plain numbers for a regression.`,
    ),
  }
}
