import type { Plugin } from '@ashlar/plugins'
import { erasePlugin } from './erase.ts'
import { cropPlugin, flipPlugin, rotatePlugin, shiftPlugin } from './geometry.ts'
import { mixupPlugin } from './mixup.ts'

/** The augmentations of this package. */
export const augmentationPlugins: readonly Plugin<'augmentation'>[] = [
  shiftPlugin,
  rotatePlugin,
  flipPlugin,
  cropPlugin,
  erasePlugin,
  mixupPlugin,
]
