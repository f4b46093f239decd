import type { Plugin } from '@ashlar/plugins'
import { bestWeightsPlugin } from './best-weights.ts'
import { checkpointPlugin } from './checkpoint.ts'
import { csvLogPlugin } from './csv-log.ts'
import { earlyStoppingPlugin } from './early-stopping.ts'
import { nanGuardPlugin } from './nan-guard.ts'
import { reduceOnPlateauPlugin } from './reduce-on-plateau.ts'
import { timeBudgetPlugin } from './time-budget.ts'
import { unfreezePlugin } from './unfreeze.ts'

/** The callbacks of this package. */
export const callbackPlugins: readonly Plugin<'callback'>[] = [
  timeBudgetPlugin,
  earlyStoppingPlugin,
  reduceOnPlateauPlugin,
  nanGuardPlugin,
  csvLogPlugin,
  bestWeightsPlugin,
  unfreezePlugin,
  checkpointPlugin,
]
