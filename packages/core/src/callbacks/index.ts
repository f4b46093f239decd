import type { Plugin } from '../plugins/plugin.ts'
import { timeBudgetPlugin } from './time-budget.ts'

/** The callbacks of this package. */
export const callbackPlugins: readonly Plugin<'callback'>[] = [timeBudgetPlugin]
