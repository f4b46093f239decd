import { OnnxModel, readOnnx } from '@ashlar/import'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** A network of torchvision, from its ONNX file, all of it trained on. */
export const fineTuneResnet18: Declaration = declareWork({
  name: 'fine-tune-resnet18',
  description: "torchvision's ResNet-18 as an ONNX file, new head, pictures of 64 x 64 x 3",
  samples: 'images',
  batch: 32,
  sizes: { size: 64, classes: 10 },
  tiny: { size: 48, classes: 3 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  exportedWith: ['torch', 'torchvision', 'timm', 'onnx'],
  network: ({ classes }, file) =>
    new OnnxModel(readOnnx(file!), { layout: 'nhwc', output: 'layer4', head: { classes } }),
  data: pictures,
})
