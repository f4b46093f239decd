import { type Contracts, pluginChecks } from '@ashlar/core/testing'
import { launcherChecks } from './launcher-checks.ts'
import { schedulerChecks } from './scheduler-checks.ts'
import { suggesterChecks } from './suggester-checks.ts'

/**
 * What suggesters, schedulers and launchers must keep, for `testPlugins`.
 *
 * @example testPlugins(test, plugins, { suggester: { mine: {} } }, { contracts: sweepContracts })
 */
export const sweepContracts: Contracts = {
  suggester: { checks: [...pluginChecks, ...suggesterChecks], optional: true },
  scheduler: { checks: [...pluginChecks, ...schedulerChecks], optional: true },
  launcher: { checks: [...pluginChecks, ...launcherChecks], optional: true },
}
