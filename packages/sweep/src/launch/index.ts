import type { Plugin } from '@ashlar/plugins'
import { bullmqPlugin } from './bullmq/bullmq.ts'
import { kubernetesPlugin } from './kubernetes/plugin.ts'
import { localPlugin } from './local.ts'
import { slurmPlugin } from './slurm/slurm.ts'

/** All launchers of this package; the first one is the default. */
export const launcherPlugins: readonly Plugin<'launcher'>[] = [
  localPlugin,
  bullmqPlugin,
  slurmPlugin,
  kubernetesPlugin,
]
