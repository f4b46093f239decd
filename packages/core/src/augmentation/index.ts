import type { Plugin } from '@ashlar/plugins'
import { blurPlugin } from './blur.ts'
import { colorJitterPlugin, grayscalePlugin } from './color.ts'
import { cutmixPlugin } from './cutmix.ts'
import { erasePlugin } from './erase.ts'
import { cropPlugin, flipPlugin, rotatePlugin, shiftPlugin } from './geometry.ts'
import { mixupPlugin } from './mixup.ts'
import { randAugmentPlugin } from './rand-augment.ts'
import { randomResizedCropPlugin } from './resized-crop.ts'

/** The augmentations of this package. */
export const augmentationPlugins: readonly Plugin<'augmentation'>[] = [
  shiftPlugin,
  rotatePlugin,
  flipPlugin,
  cropPlugin,
  randomResizedCropPlugin,
  colorJitterPlugin,
  grayscalePlugin,
  blurPlugin,
  erasePlugin,
  mixupPlugin,
  cutmixPlugin,
  randAugmentPlugin,
]
