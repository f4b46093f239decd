import { ResNet18 } from '@ashlar/blocks'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** ResNet-18 on larger pictures. */
export const resnet18At64: Declaration = declareWork({
  name: 'resnet18-64',
  description: 'ResNet-18, pictures of 64 x 64 x 3',
  samples: 'images',
  batch: 32,
  sizes: { width: 64, size: 64, classes: 10 },
  // With 4 channels, oneDNN 3.12 in PyTorch writes beyond its memory where a CPU has AVX2 alone.
  tiny: { width: 8, size: 32 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, classes }) => new ResNet18(classes, { width: width / 64 }),
  data: pictures,
})
