import type { Plugin } from '@ashlar/plugins'
import { adamPlugin } from './adam.ts'
import { adamwPlugin } from './adamw.ts'
import { rmspropPlugin } from './rmsprop.ts'
import { sgdPlugin } from './sgd.ts'

/** The optimizers of this package. */
export const optimizerPlugins: readonly Plugin<'optimizer'>[] = [
  sgdPlugin,
  adamPlugin,
  adamwPlugin,
  rmspropPlugin,
]
