// A network that tells two classes of pictures and, against it, one that makes pictures: each with an optimizer of its own (Odena et al. 2017).
import {
  definePlugin,
  type Layer,
  layers,
  Model,
  type OwnStep,
  type Plugin,
  type StepSamples,
  type StepTools,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

const SIZE = 4 * 4 * 3

class Rivals extends Model implements OwnStep {
  readonly flat: Layer = layers.flatten()
  readonly hidden: Layer = layers.dense({ units: 12, activation: 'relu' })
  readonly judge: Layer = layers.dense({ units: 1 })
  readonly classifier: Layer = layers.dense({ units: 2 })
  readonly maker: Layer = layers.dense({ units: SIZE, activation: 'sigmoid' })

  override call(x: tf.Tensor): tf.Tensor {
    return this.classifier.apply(this.hidden.apply(this.flat.apply(x)))
  }

  trainStep({ inputs, labels }: StepSamples, { minimize }: StepTools) {
    const real: tf.Tensor = this.flat.apply(inputs as tf.Tensor)
    const noise = tf.randomUniform(real.shape, -1, 1)
    const verdict = (x: tf.Tensor): tf.Tensor => this.judge.apply(this.hidden.apply(x))
    const entropy = (logits: tf.Tensor, answer: number) =>
      tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, answer)))
    const made = (): tf.Tensor => this.maker.apply(noise)
    const judge_loss = minimize(
      () => {
        const shares = tf.logSoftmax(this.classifier.apply(this.hidden.apply(real)) as tf.Tensor)
        const wanted = tf.oneHot(tf.cast(labels as tf.Tensor, 'int32'), 2)
        const classes = tf.neg(tf.mean(tf.sum(tf.mul(wanted, shares), -1)))
        return tf.addN([classes, entropy(verdict(real), 1), entropy(verdict(made()), 0)])
      },
      { optimizer: 'judge', of: [this.hidden, this.judge, this.classifier] },
    )
    const maker_loss = minimize(() => entropy(verdict(made()), 1), {
      optimizer: 'maker',
      of: this.maker,
    })
    return { judge_loss, maker_loss }
  }
}

const rivals = definePlugin({
  kind: 'model',
  name: 'rivals',
  description: 'Tells pictures, and makes some.',
  options: z.strictObject({}),
  create: () => new Rivals(),
})

export const plugins: readonly Plugin[] = [rivals]
