import { ResNet18 } from '@ashlar/blocks'
import * as tf from '@tensorflow/tfjs'
import { mnistImages } from '../../data/mnist.ts'
import { type Declaration, declareWork } from '../../declaration.ts'
import { layersResnet } from '../../parts/layers-resnet.ts'

/** ResNet-18 on MNIST. */
export const resnet18: Declaration = declareWork({
  name: 'resnet18',
  description: 'ResNet-18, MNIST',
  samples: 'images',
  batch: 64,
  inference: [1, 256],
  sizes: { width: 64 },
  // Not 4: see resnet18-64.
  tiny: { width: 8 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width }) => new ResNet18(10, { width: width / 64 }),
  data: (_, length) => mnistImages(length, [28, 28, 1]),
  layersModel: () =>
    layersResnet({
      stemStrides: 2,
      pool: () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      stages: [64, 128, 256, 512],
      activation: 'linear',
    }),
})
