import { ConvNext } from '@ashlar/blocks'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** A small ConvNeXt. */
export const convnext: Declaration = declareWork({
  name: 'convnext',
  description: 'ConvNeXt of 48 to 192 channels, two blocks each, pictures of 32 x 32 x 3, AdamW',
  samples: 'images',
  batch: 32,
  sizes: { width: 48, repeats: 2, size: 32, classes: 10 },
  tiny: { width: 4, repeats: 1, size: 8 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, repeats, classes }) => new ConvNext({ width, repeats, classes }),
  data: pictures,
})
