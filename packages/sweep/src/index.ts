export { type IndexedOptions, performIndexed } from './launch/batched/perform-indexed.ts'
export { trialExitCode } from './launch/batched/trial-exit-code.ts'
export { bullmqLauncher } from './launch/bullmq/bullmq.ts'
export { openWorker, type QueueWorker, type WorkerOptions } from './launch/bullmq/worker.ts'
export { kubernetesLauncher } from './launch/kubernetes/kubernetes.ts'
export type { KubernetesOptions } from './launch/kubernetes/options.ts'
export type { LaunchContext, Launched, Launcher, Listener } from './launch/launcher.ts'
export { launcherKind } from './launch/launcher.ts'
export { localLauncher } from './launch/local.ts'
export { type SlurmOptions, slurmLauncher } from './launch/slurm/slurm.ts'
export type { Ending, SweepEvent } from './run/coordinate.ts'
export { sweepFiles } from './run/files.ts'
export {
  openSweep,
  readRequest,
  requireOwnSweep,
  type SweepRequest,
  writeRequest,
} from './run/request.ts'
export {
  createSweep,
  type FinishedSweep,
  listTrials,
  type PlannedSweep,
  planSweep,
  refuseOtherBase,
  runSweep,
  type SweepOptions,
  type SweepProgress,
} from './run/sweep.ts'
export { ashaScheduler } from './schedule/asha.ts'
export { halvingScheduler } from './schedule/halving.ts'
export type { Progress, Promotion, Scheduler, Standing } from './schedule/scheduler.ts'
export { schedulerKind } from './schedule/scheduler.ts'
export { type Parameter, type Point, textOf } from './space/parameter.ts'
export { overridesOf, type ParsedSpace, parseSpace } from './space/parse.ts'
export { pointAt, type Space } from './space/space.ts'
export type { Observation, Search, Suggester, Suggestions } from './suggest/suggester.ts'
export { suggesterKind } from './suggest/suggester.ts'
export { sweepPlugins } from './sweep-plugins.ts'
export type { Requirements, TaskResult, TrialTask } from './trials/task.ts'
export {
  bestOf,
  lastScore,
  type SweepTable,
  statusOf,
  type Trial,
  type TrialRow,
  type TrialStatus,
  tableOf,
} from './trials/trial.ts'
export { commandOf } from './work/command.ts'
export { performTask } from './work/perform.ts'
export { serveTrials } from './work/serve-trials.ts'
