export { isBuilt, nodeArguments } from './built.ts'
export {
  type ChildOptions,
  type Ended,
  inParallel,
  killAt,
  runChild,
  startChild,
} from './children.ts'
export { freePort } from './free-port.ts'
export { writeGraphModel } from './graph-model.ts'
export { isAlive } from './is-alive.ts'
export { type ClusterOptions, KubernetesCluster } from './kubernetes/cluster.ts'
export type { ClusterJob } from './kubernetes/job-control.ts'
export { withMlflow } from './mlflow.ts'
export { refusal } from './refusal.ts'
export { type Declare, isTried, sampled, sampleOf, sampleSize } from './sample.ts'
export { inScratch } from './scratch.ts'
export { Slurm, type SlurmOptions, type SuiteSlurm, withSlurm } from './slurm.ts'
export { oneIn, type TieredSuite, tieredSuite } from './tiered-suite.ts'
export { findVulkan, NO_ADAPTER, type Vulkan } from './vulkan.ts'
