import type { Plugin } from '@ashlar/plugins'
import { autoLossPlugin } from './auto.ts'
import { binaryCrossentropyPlugin } from './binary-cross-entropy.ts'
import {
  categoricalCrossentropyPlugin,
  sparseCategoricalCrossentropyPlugin,
} from './cross-entropy.ts'
import { meanSquaredErrorPlugin } from './mean-squared-error.ts'
import { huberPlugin, meanAbsoluteErrorPlugin } from './robust.ts'

/** The losses of this package. */
export const lossPlugins: readonly Plugin<'loss'>[] = [
  autoLossPlugin,
  sparseCategoricalCrossentropyPlugin,
  categoricalCrossentropyPlugin,
  binaryCrossentropyPlugin,
  meanSquaredErrorPlugin,
  meanAbsoluteErrorPlugin,
  huberPlugin,
]
