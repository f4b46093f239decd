import type { Plugin } from '@ashlar/core'
import { type IdxDeclaration, type IdxOptions, idxPlugin } from './idx-dataset.ts'

const declaration: IdxDeclaration = {
  info: {
    name: 'fashion-mnist',
    inputShape: [28, 28, 1],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    licence: 'MIT',
    source:
      'H. Xiao, K. Rasul and R. Vollgraf: Fashion-MNIST, a novel image dataset for benchmarking machine learning algorithms, arXiv:1708.07747',
  },
  description:
    'Pictures of clothes: 60,000 training and 10,000 test images, 28 x 28, grey, 10 classes.',
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      shape: [60_000, 28, 28],
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      shape: [60_000],
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      shape: [10_000, 28, 28],
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      shape: [10_000],
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  hint: "Set `mirror: true` to download the files, or `folder` to a folder that has them. Debian's package dataset-fashion-mnist installs them in /usr/share/datasets/fashion-mnist.",
}

/** Fashion-MNIST from a folder of idx files (such as Debian's `dataset-fashion-mnist`) or from a mirror. */
export const fashionMnist: Plugin<'dataset', IdxOptions> = idxPlugin(declaration)
