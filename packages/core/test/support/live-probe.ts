import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { type Callback, type FitOptions, type Loss, layers, Model, sgd } from '../../src/index.ts'

/** Its output is its `factor`, whatever it is given, so that the loss tells what that is. */
export abstract class Probe extends Model {
  /** Something to train that changes nothing. */
  readonly idle = layers.dense({ units: 1, useBias: false })

  abstract factor(training: boolean): Tensor | number

  override call(x: Tensor, { training = false }: { training?: boolean }): Tensor {
    return tf.add(tf.mul(this.idle.apply(x), 0), this.factor(training))
  }
}

/** Takes the output itself. */
export const output: Loss = {
  name: 'output',
  perSample: ({ predictions }) => tf.reshape(predictions, [-1]),
}

/** What a training shows. */
export interface Told {
  /** The output in each step. */
  readonly steps: number[]
  /** The output in each validation. */
  readonly validations: number[]
}

/** Three steps in each of three epochs: two of 4 samples, one of 2. */
export async function told(model: Model, options: FitOptions, loss: Loss = output): Promise<Told> {
  model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss })
  const steps: number[] = []
  const log: Callback = { name: 'log', onBatchEnd: (step) => void steps.push(round(step.loss)) }
  const [x, y] = [tf.ones([12, 2]), tf.zeros([12, 1])]
  try {
    const { metrics } = await model.fit(x, y, {
      ...{ batchSize: 4, epochs: 3, validationSplit: 1 / 6 },
      ...options,
      callbacks: [log, ...(options.callbacks ?? [])],
    })
    return { steps, validations: [...metrics.val_loss!].map(round) }
  } finally {
    tf.dispose([x, y])
  }
}

/** To four digits. */
export const round = (value: number): number => Math.round(value * 1e4) / 1e4

/** A variable of one number. */
export const variable = (value: number, dtype: 'float32' | 'int32' = 'float32'): tf.Variable =>
  tf.tidy(() => tf.variable(tf.scalar(value, dtype)))
