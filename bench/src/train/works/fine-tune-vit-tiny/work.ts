import { OnnxModel, readOnnx } from '@ashlar/import'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** A network of timm, from its ONNX file, all of it trained on: 64 patches of 16 x 16, and a token for the class. */
export const fineTuneVitTiny: Declaration = declareWork({
  name: 'fine-tune-vit-tiny',
  description: "timm's vit_tiny_patch16 as an ONNX file, new head, 64 tokens",
  samples: 'images',
  batch: 32,
  sizes: { size: 128, classes: 10, blocks: 12 },
  tiny: { size: 32, classes: 3, blocks: 2 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-4 },
  channelsLast: true,
  url: import.meta.url,
  exportedWith: ['torch', 'torchvision', 'timm', 'onnx'],
  network: ({ classes }, file) =>
    new OnnxModel(readOnnx(file!), {
      layout: 'nhwc',
      output: 'norm',
      head: { classes, pooling: 'first' },
    }),
  data: pictures,
})
