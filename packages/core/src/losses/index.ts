import type { Plugin } from '../plugins/plugin.ts'
import {
  categoricalCrossentropyPlugin,
  sparseCategoricalCrossentropyPlugin,
} from './cross-entropy.ts'
import { meanSquaredErrorPlugin } from './mean-squared-error.ts'

/** The losses of this package. */
export const lossPlugins: readonly Plugin<'loss'>[] = [
  sparseCategoricalCrossentropyPlugin,
  categoricalCrossentropyPlugin,
  meanSquaredErrorPlugin,
]
