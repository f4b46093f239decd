import { TextEncoder } from '@ashlar/blocks'
import { labelledTexts } from '../../data/tokens.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'

const sizes = {
  ...{ tokens: 64, vocabulary: 1000, classes: 10 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 2, dropout: 0.1 },
} satisfies Sizes

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
  network: (given) => new TextEncoder(given),
  data: labelledTexts,
})
