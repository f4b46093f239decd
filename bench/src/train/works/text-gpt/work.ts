import { Gpt } from '@ashlar/blocks'
import { type ArraySamples, inMemory, instantiate, loadSamples } from '@ashlar/core'
import { sentences } from '@ashlar/datasets'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'

const sizes = {
  ...{ tokens: 64, vocabulary: 29 },
  ...{ width: 64, heads: 4, hidden: 256, blocks: 2 },
} satisfies Sizes

/** The language model of the experiment `text-gpt`: its network, data, batches, optimizer and steps. */
export const textGpt: Declaration = declareWork({
  name: 'text-gpt',
  description: 'the experiment text-gpt: 2 causal blocks of width 64, 64 characters, one cycle',
  samples: 'sequences',
  isLanguageModel: true,
  batch: 32,
  sizes,
  tiny: { tokens: 6, width: 8, heads: 2, hidden: 16 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 4e-3, weightDecay: 0.01, schedule: 'one-cycle' },
  // Six epochs of the whole batches in its 2,000 samples.
  learns: { samples: 62 * 32, steps: 6 * 62 },
  channelsLast: false,
  url: import.meta.url,
  network: (given) => new Gpt(given),
  data: async ({ tokens }, length): Promise<ArraySamples> => {
    const dataset = instantiate(sentences, { tokens, samples: length, testSamples: 1 })
    return inMemory((await loadSamples(dataset)).train)
  },
})
