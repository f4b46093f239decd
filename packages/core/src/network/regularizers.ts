import * as tf from '@tensorflow/tfjs'

/** Strength of a regularizer that is named and no more, as in Keras. */
const STRENGTH = 0.01

type Strengths = Readonly<Record<string, unknown>>

/** Keras's regularizers by all the names that it has for them: tfjs knows `l1l2` alone. */
const regularizers = {
  l1: ({ l1 }: Strengths) => tf.regularizers.l1({ l1: strength(l1) }),
  L1: ({ l1 }: Strengths) => tf.regularizers.l1({ l1: strength(l1) }),
  l2: ({ l2 }: Strengths) => tf.regularizers.l2({ l2: strength(l2) }),
  L2: ({ l2 }: Strengths) => tf.regularizers.l2({ l2: strength(l2) }),
  l1_l2: ({ l1, l2 }: Strengths) => tf.regularizers.l1l2({ l1: strength(l1), l2: strength(l2) }),
} as const

function strength(given: unknown): number {
  return typeof given === 'number' ? given : STRENGTH
}

// tfjs looks a name up among the classes that were registered, for every layer's `kernelRegularizer` and the like, and for models in files.
for (const [className, create] of Object.entries(regularizers)) {
  /** Never made: what `fromConfig` gives takes its place. */
  class Named extends tf.serialization.Serializable {
    static readonly className = className

    static override fromConfig<T extends tf.serialization.Serializable>(
      _: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      return create(config) as unknown as T
    }

    override getConfig(): tf.serialization.ConfigDict {
      return {}
    }
  }
  tf.serialization.registerClass(Named)
}
