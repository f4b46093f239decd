import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { plainTexts } from '../../data/tokens.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'
import { Positions, TransformerBlock } from '../../parts/transformer.ts'

const sizes = {
  ...{ tokens: 64, vocabulary: 256 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 4 },
} satisfies Sizes

class Gpt extends Model {
  readonly words: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly norm: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly head: Layer

  constructor({ tokens, vocabulary, blocks, ...block }: typeof sizes) {
    super()
    this.words = layers.embedding({ inputDim: vocabulary, outputDim: block.width })
    this.positions = new Positions(tokens, block.width)
    this.blocks = Array.from(
      { length: blocks },
      () => new TransformerBlock({ ...block, normFirst: true, isCausal: true }),
    )
    this.head = layers.dense({ units: vocabulary, useBias: false })
  }

  override call(texts: Tensor): Tensor {
    let x: Tensor = this.positions.apply(this.words.apply(texts))
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.norm.apply(x))
  }
}

/** A causal transformer with a loss for every token. */
export const gpt: Declaration = declareWork({
  name: 'gpt',
  description: 'causal transformer, 4 blocks of width 128, 64 tokens, a loss for each, AdamW',
  samples: 'sequences',
  batch: 32,
  sizes,
  tiny: { tokens: 6, vocabulary: 20, width: 8, heads: 2, hidden: 16, blocks: 2 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.1 },
  channelsLast: false,
  url: import.meta.url,
  network: (given) => new Gpt(given),
  data: plainTexts,
})
