import {
  type Callback,
  type History,
  layers,
  Model,
  type Samples,
  type TrainingState,
} from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'

/** One dense layer. */
export class Tiny extends Model {
  readonly head = layers.dense({ units: 3, activation: 'softmax' })
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

/** Twenty made-up samples. */
export function tinySamples(): Samples {
  const length = 20
  return {
    inputs: Float32Array.from({ length: 4 * length }, (_, i) => Math.sin(i)),
    labels: Uint8Array.from({ length }, (_, i) => i % 3),
    length,
    info: {
      inputShape: [4],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}

/** Two epochs of five steps on made-up numbers; from a state on, if there is one. */
export async function trainTiny(
  callbacks: readonly Callback[],
  resume?: TrainingState,
  signal?: AbortSignal,
): Promise<History> {
  const samples = tinySamples()
  const model = new Tiny({ seed: 1 })
  model.compile({
    optimizer: 'adam',
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  try {
    return await model.fit(samples, {
      ...{ epochs: 2, batchSize: 4, validationData: samples, callbacks, resume, signal },
    })
  } finally {
    model.dispose()
  }
}

/** Fails in a step, as if the process ended there; gives the state after an earlier one. */
export async function trainCutShort(
  callbacks: readonly Callback[],
  { failAt, keepAt }: { readonly failAt: number; readonly keepAt: number },
): Promise<TrainingState> {
  const failure = new Error('cut short')
  let state: TrainingState | undefined
  const cut: Callback = {
    name: 'cut',
    onBatchEnd({ step }) {
      if (step + 1 === failAt) throw failure
    },
    onSettled(run) {
      if (run.step === keepAt) state = run.state()
    },
  }
  await trainTiny([...callbacks, cut]).catch((error: unknown) => {
    if (error !== failure) throw error
  })
  return state!
}
