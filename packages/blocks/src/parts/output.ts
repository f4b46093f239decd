import {
  fromData,
  type Layer,
  layers,
  type TargetScale,
  type TargetScaleOption,
  targetScaleOption,
} from '@ashlar/core'
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

/** What the end of every network is told that may be trained for a regression. */
export interface EndArgs {
  /** What the numbers of a regression are multiplied by and moved by at the end, so that the layers have to do with numbers near 0 alone; left out, they stay as they are. */
  readonly targetScale?: TargetScale | undefined
}

type EndShape = {
  numClasses: z.ZodOptional<z.ZodInt>
  targetScale: TargetScaleOption
}

type ClassifierShape = EndShape & {
  output: z.ZodOptional<z.ZodEnum<{ logits: 'logits'; probabilities: 'probabilities' }>>
}

/** The options of the end of a network, which follow from the data: how many numbers it gives, and where those of a regression lie. */
export function endShape(): EndShape {
  return {
    numClasses: fromData(z.int().positive(), 'outputs').describe(
      'Width of the output; left out, what the data asks for: a number for each class or target.',
    ),
    targetScale: targetScaleOption(),
  }
}

/** The options of a classifier: those of its end, and what it gives. */
export function classifierShape(output: Output): ClassifierShape {
  const { numClasses, targetScale } = endShape()
  return {
    numClasses,
    output: fromData(z.enum(['logits', 'probabilities']), 'output').describe(
      `What the network gives: logits (plain numbers), or their softmax; left out, ${output}, and plain numbers for a regression.`,
    ),
    targetScale,
  }
}
