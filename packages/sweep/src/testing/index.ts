import { type Contracts, pluginChecks } from '@ashlar/core/testing'
import { launcherKind } from '../launch/launcher.ts'
import { schedulerKind } from '../schedule/scheduler.ts'
import { suggesterKind } from '../suggest/suggester.ts'
import { launcherChecks } from './launcher-checks.ts'
import { schedulerChecks } from './scheduler-checks.ts'
import { suggesterChecks } from './suggester-checks.ts'

/**
 * What suggesters, schedulers and launchers must keep, for `testPlugins`.
 *
 * @example testPlugins(test, plugins, { suggester: { mine: {} } }, { contracts: sweepContracts })
 */
// Naming the kinds makes them known, also to a plugin that takes nothing but types of this package.
export const sweepContracts: Contracts = {
  [suggesterKind.name]: { checks: [...pluginChecks, ...suggesterChecks], optional: true },
  [schedulerKind.name]: { checks: [...pluginChecks, ...schedulerChecks], optional: true },
  [launcherKind.name]: { checks: [...pluginChecks, ...launcherChecks], optional: true },
}
