import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { labelledTexts } from '../../data/tokens.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'
import { Positions, TransformerBlock } from '../../parts/transformer.ts'

const sizes = {
  ...{ tokens: 64, vocabulary: 1000, classes: 10 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 2, dropout: 0.1 },
} satisfies Sizes

class TextClassifier extends Model {
  readonly words: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly pool: Layer = layers.globalAveragePooling1d()
  readonly head: Layer

  constructor({ tokens, vocabulary, classes, blocks, ...block }: typeof sizes) {
    super()
    this.words = layers.embedding({ inputDim: vocabulary, outputDim: block.width })
    this.positions = new Positions(tokens, block.width)
    this.blocks = Array.from(
      { length: blocks },
      () => new TransformerBlock({ ...block, normFirst: false }),
    )
    this.head = layers.dense({ units: classes })
  }

  override call(texts: Tensor): Tensor {
    let x: Tensor = this.positions.apply(this.words.apply(texts))
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.pool.apply(x))
  }
}

/** A transformer encoder that classifies texts. */
export const encoder: Declaration = declareWork({
  name: 'encoder',
  description: 'transformer encoder, 2 blocks of width 128, texts of 64 tokens, dropout',
  samples: 'sequences',
  batch: 64,
  sizes,
  tiny: { tokens: 6, vocabulary: 20, classes: 3, width: 8, heads: 2, hidden: 16 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: false,
  url: import.meta.url,
  network: (given) => new TextClassifier(given),
  data: labelledTexts,
})
