import type { Plugin } from '@ashlar/core'
import { type CifarDeclaration, type CifarOptions, cifarPlugin } from './cifar-dataset.ts'

// In the order of fine_label_names.txt, which is the alphabet's.
const CLASSES = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar
  cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl
  hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
  oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road
  rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
  telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm`

/** The declaration of CIFAR-100, with its 100 fine classes. */
export const cifar100Declaration: CifarDeclaration = {
  info: {
    name: 'cifar100',
    inputShape: [32, 32, 3],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: CLASSES.trim().split(/\s+/),
    licence: 'not stated by its authors',
    source:
      'A. Krizhevsky: Learning multiple layers of features from tiny images, 2009, https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  description:
    'Small photographs: 50,000 training and 10,000 test images, 32 x 32, colour, 100 (fine) classes.',
  train: [
    {
      name: 'train.bin',
      images: 50_000,
      sha256: 'f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29',
    },
  ],
  test: [
    {
      name: 'test.bin',
      images: 10_000,
      sha256: 'd8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a',
    },
  ],
  // The coarse class comes first.
  labelBytes: 2,
  classByte: 1,
  archive: {
    name: 'cifar-100-binary.tar.gz',
    folder: 'cifar-100-binary',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
  },
}

/** CIFAR-100 from local files of the binary version. */
export const cifar100: Plugin<'dataset', CifarOptions> = cifarPlugin(cifar100Declaration)
