import type { Plugin } from '@ashlar/plugins'
import { adamPlugin } from './adam.ts'
import { adamwPlugin } from './adamw.ts'
import { byLayerPlugin } from './by-layer.ts'
import { rmspropPlugin } from './rmsprop.ts'
import { sgdPlugin } from './sgd.ts'

/** The optimizers of this package. */
export const optimizerPlugins: readonly Plugin<'optimizer'>[] = [
  sgdPlugin,
  adamPlugin,
  adamwPlugin,
  rmspropPlugin,
  byLayerPlugin,
]
