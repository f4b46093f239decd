import { defineKind, type Kind } from '@ashlar/plugins'
/** A learning rate over time. */
export interface Schedule {
  readonly name: string
  /**
   * @param step 0 for the first step of the run.
   * @param totalSteps length of the whole run, for schedules that end with it.
   * @returns the learning rate of that step.
   */
  at(step: number, totalSteps: number): number
}

/** A learning rate as options take it: a number, or a schedule. */
export type LearningRate = number | Schedule

declare module '@ashlar/plugins' {
  interface PluginProducts {
    schedule: Schedule
  }
}

/** Learning rates that follow the step. */
export const scheduleKind: Kind<'schedule'> = defineKind('schedule')
