import type { Plugin } from '@ashlar/core'
import { type CifarDeclaration, type CifarOptions, cifarPlugin } from './cifar-dataset.ts'

/** The declaration of CIFAR-10. */
export const cifar10Declaration: CifarDeclaration = {
  info: {
    name: 'cifar10',
    inputShape: [32, 32, 3],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: [
      'airplane',
      'automobile',
      'bird',
      'cat',
      'deer',
      'dog',
      'frog',
      'horse',
      'ship',
      'truck',
    ],
    licence: 'not stated by its authors',
    source:
      'A. Krizhevsky: Learning multiple layers of features from tiny images, 2009, https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  description:
    'Small photographs: 50,000 training and 10,000 test images, 32 x 32, colour, 10 classes.',
  train: [
    batch('data_batch_1.bin', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    batch('data_batch_2.bin', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    batch('data_batch_3.bin', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    batch('data_batch_4.bin', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    batch('data_batch_5.bin', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
  ],
  test: [
    batch('test_batch.bin', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
  ],
  labelBytes: 1,
  classByte: 0,
  archive: {
    name: 'cifar-10-binary.tar.gz',
    folder: 'cifar-10-batches-bin',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  },
}

/** CIFAR-10 from local files of the binary version. */
export const cifar10: Plugin<'dataset', CifarOptions> = cifarPlugin(cifar10Declaration)

function batch(name: string, sha256: string): CifarDeclaration['train'][number] {
  return { name, images: 10_000, sha256 }
}
