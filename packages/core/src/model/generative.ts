import type { Model } from './model.ts'

/** A language model that can go on from what it remembers: a second network of the same weights, for one token at a time. */
export interface Generative extends Model {
  /** Tokens that it sees at most. */
  readonly tokens: number
  /**
   * `{ token [batch, 1] int32, place [1] int32, past [batch, ...] }` to `{ logits [batch, vocabulary], present [batch, ...] }`: `past` is zeros at place 0, and the `present` of
   * the step before from then on. It is built, and shares the weights.
   */
  cached(): Model
}

/** Whether a model is one. */
export function isGenerative(model: Model): model is Generative {
  return 'cached' in model && typeof model.cached === 'function' && 'tokens' in model
}
