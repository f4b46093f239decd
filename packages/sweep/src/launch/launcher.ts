import type { EpochLog } from '@ashlar/core'
import { defineKind, type Kind } from '@ashlar/plugins'
import type { TaskResult, TrialTask } from '../trials/task.ts'

/** What a launcher is told of a sweep. */
export interface LaunchContext {
  /** The sweep's name, unlike that of any other. */
  readonly sweep: string
  /** Its folder, absolute: trials end up in it. */
  readonly folder: string
  /** The module that makes a process of trials, absolute. */
  readonly module: string
  /** The words that start this program on a machine: `trial` and its arguments follow. */
  readonly command: readonly string[]
  /** Threads of each trial, if the user said so. */
  readonly threads: number | undefined
  /** A line for people. */
  notice(text: string): void
}

/** Who wants to know what becomes of tasks. */
export interface Listener {
  /** A trial has had an epoch. Launchers whose trials are far away need not say so. */
  epoch(task: TrialTask, log: EpochLog): void
  /** Once for each task. */
  ended(result: TaskResult): void
}

/** A launcher at work for one sweep. */
export interface Launched {
  /** How many tasks are well started at once: more would wait. */
  readonly capacity: number
  /** Threads of each trial. */
  readonly threads: number
  /** Starts tasks; each ends sooner or later by `listener.ended`. What went wrong with the launcher itself is thrown. */
  start(tasks: readonly TrialTask[], listener: Listener): Promise<void>
  /** Has all tasks given back: they end soon, as `given-back`. */
  stop(): Promise<void>
  /** Frees everything, when no task is under way. */
  end(): Promise<void>
}

/** What decides where trials are trained. */
export interface Launcher {
  readonly name: string
  /** Whether trials go to other machines, which must have the same code and data. */
  readonly isRemote: boolean
  /**
   * Whether there is what it needs: programs, packages, somebody who answers. Asked before anything is written.
   *
   * @param out folder that the sweep's folder will be in, absolute.
   * @throws ConfigError for what is missing.
   */
  check(out: string): Promise<void>
  open(context: LaunchContext): Promise<Launched>
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    launcher: Launcher
  }
}

/** What decides where the trials of a sweep are trained. */
export const launcherKind: Kind<'launcher'> = defineKind('launcher')
