import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClusterOptions, KubernetesCluster } from '@ashlar/test-support'
import { jobProblem } from './job-schema.ts'
import { inScratch } from './sweep.ts'

/** A cluster that refuses what the API's schema does, with the folder of runs as the claim `runs`, for the time of `fn`. This process's kubeconfig leads to it. */
export function withCluster(
  fn: (at: { readonly out: string; readonly cluster: KubernetesCluster }) => Promise<void>,
  options: ClusterOptions = {},
): Promise<void> {
  return inScratch(async (out) => {
    const cluster = new KubernetesCluster({ check: jobProblem, claims: { runs: out }, ...options })
    const before = process.env.KUBECONFIG
    await cluster.listen()
    try {
      const path = join(out, 'kubeconfig')
      await writeFile(path, cluster.kubeconfig)
      process.env.KUBECONFIG = path
      await fn({ out, cluster })
    } finally {
      if (before === undefined) delete process.env.KUBECONFIG
      else process.env.KUBECONFIG = before
      await cluster.end()
    }
  })
}
