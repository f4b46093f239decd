import { MiniResNet } from '@ashlar/blocks'
import * as tf from '@tensorflow/tfjs'
import { mnistImages } from '../../data/mnist.ts'
import { type Declaration, declareWork } from '../../declaration.ts'
import { layersResnet } from '../../parts/layers-resnet.ts'

/** MiniResNet on MNIST. */
export const miniResnet: Declaration = declareWork({
  name: 'mini-resnet',
  description: 'two residual blocks behind a wide stem, MNIST',
  samples: 'images',
  batch: 64,
  inference: [1, 256],
  sizes: { width: 64 },
  // Not 4: see resnet18-64.
  tiny: { width: 8 },
  fromLogits: false,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width }) => new MiniResNet(10, { width: width / 64 }),
  data: (_, length) => mnistImages(length, [28, 28, 1]),
  layersModel: () =>
    layersResnet({
      stemStrides: 1,
      pool: () => tf.layers.maxPooling2d({ poolSize: 3 }),
      stages: [64],
      activation: 'softmax',
    }),
})
