import { Gpt } from '@ashlar/blocks'
import { plainTexts } from '../../data/tokens.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'

const sizes = {
  ...{ tokens: 64, vocabulary: 256 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 4 },
} satisfies Sizes

/** A causal transformer with a loss for every token. */
export const gpt: Declaration = declareWork({
  name: 'gpt',
  description: 'causal transformer, 4 blocks of width 128, 64 tokens, a loss for each, AdamW',
  samples: 'sequences',
  isLanguageModel: true,
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
