import * as tf from '@tensorflow/tfjs'

/** What Keras wrote of a layer. */
export type Config = Readonly<Record<string, unknown>> & { readonly name?: string }

/** A layer whose settings are what Keras wrote of it. Masks go through it. */
export class KerasLayer<Settings extends object = Config> extends tf.layers.Layer {
  readonly settings: Settings

  constructor(config: Settings) {
    super(config as never)
    this.settings = config
    this.supportsMasking = true
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings } as unknown as tf.serialization.ConfigDict
  }
}
