import { UNet } from '@ashlar/blocks'
import { outlines } from '../../data/outlines.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** A U-Net with a label for each pixel. */
export const uNet: Declaration = declareWork({
  name: 'u-net',
  description: 'U-Net of 16 to 128 channels, a label for each pixel of 64 x 64',
  samples: 'images',
  batch: 16,
  sizes: { width: 16, depth: 3, size: 64, classes: 4 },
  tiny: { width: 4, depth: 2, size: 16 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, depth, classes }) => new UNet({ width, depth, classes }),
  data: outlines,
})
