import { Vit } from '@ashlar/blocks'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'

const sizes = {
  ...{ size: 32, patch: 4, classes: 10 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 4 },
} satisfies Sizes

/** A vision transformer. */
export const vit: Declaration = declareWork({
  name: 'vit',
  description: 'vision transformer, 4 blocks of width 128, pictures of 32 x 32 x 3, AdamW',
  samples: 'images',
  batch: 32,
  sizes,
  tiny: { size: 8, classes: 3, width: 8, heads: 2, hidden: 16, blocks: 2 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  channelsLast: true,
  url: import.meta.url,
  network: (given) => new Vit(given),
  data: pictures,
})
