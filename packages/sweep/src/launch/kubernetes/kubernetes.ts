import { join } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import type { V1Job } from '@kubernetes/client-node'
import { BatchedTrials } from '../batched/batched-trials.ts'
import type { Cluster } from '../batched/cluster.ts'
import type { LaunchContext, Launcher } from '../launcher.ts'
import { AppliedJobs } from './applied-jobs.ts'
import { connectCluster, KubernetesError } from './client.ts'
import { indexedJob, sharedFolder } from './job.ts'
import type { KubernetesOptions } from './options.ts'
import { WrittenJobs } from './written-jobs.ts'

/** Trials as indexes of Indexed Jobs of Kubernetes. The sweep's folder is one that a claim for a volume holds. */
export function kubernetesLauncher(options: KubernetesOptions): Launcher {
  const { ahead = 256, apply = false } = options
  const clusterOf = async (context: LaunchContext): Promise<Cluster> =>
    apply
      ? new AppliedJobs(context, options, await connectCluster(options))
      : new WrittenJobs(context, options)
  return {
    name: 'kubernetes',
    isRemote: true,
    async check(out) {
      sharedFolder(out, options)
      if (!apply) return
      const client = await connectCluster(options)
      const { namespace } = client
      await client.create(sampleJob(out, { ...options, namespace }), true).catch(away)
      await client.jobs('none').catch(away)
    },
    async open(context) {
      return new BatchedTrials(await clusterOf(context), context, ahead).open().catch(away)
    },
  }
}

/** A Job as those of a sweep will be. */
function sampleJob(out: string, options: KubernetesOptions): V1Job {
  const task = { ...{ id: '', until: 1, config: {}, metric: '', threads: 1 }, attempts: 1 }
  const batch = { digest: '0'.repeat(64), tasks: [{ ...task, requires: { plugins: {} } }] }
  return indexedJob({ sweep: 'check', folder: join(out, 'check') }, batch, options)
}

function away(error: unknown): never {
  if (!(error instanceof KubernetesError)) throw error
  throw new ConfigError({
    where: '--launcher kubernetes',
    expected: 'the cluster must answer',
    given: error.message,
    hint: 'Does kubectl get jobs answer here?',
    cause: error,
  })
}
