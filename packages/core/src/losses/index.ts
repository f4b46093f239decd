import type { Plugin } from '@ashlar/plugins'
import { autoLossPlugin } from './auto.ts'
import { binaryCrossentropyPlugin } from './binary-cross-entropy.ts'
import { contrastivePlugin } from './contrastive.ts'
import { cosineSimilarityPlugin } from './cosine.ts'
import {
  categoricalCrossentropyPlugin,
  sparseCategoricalCrossentropyPlugin,
} from './cross-entropy.ts'
import { ctcPlugin } from './ctc.ts'
import { dicePlugin } from './dice.ts'
import { binaryFocalPlugin, focalPlugin } from './focal.ts'
import { categoricalHingePlugin, hingePlugin } from './hinge.ts'
import { klDivergencePlugin } from './kl-divergence.ts'
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
  focalPlugin,
  binaryFocalPlugin,
  dicePlugin,
  ctcPlugin,
  klDivergencePlugin,
  hingePlugin,
  categoricalHingePlugin,
  cosineSimilarityPlugin,
  contrastivePlugin,
]
