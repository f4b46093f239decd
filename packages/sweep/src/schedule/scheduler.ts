import { defineKind, type Kind } from '@ashlar/plugins'
import type { Rung } from '../trials/trial.ts'

/** A trial as a scheduler sees it. */
export interface Standing {
  readonly id: string
  /** Which of the suggestions it was, 0 for the first. */
  readonly index: number
  /** Epochs of its experiment. */
  readonly epochs: number
  /** What it was worth so far, after more and more epochs; the smaller the better. */
  readonly rungs: readonly Rung[]
  /** The epochs that it is being trained to; undefined when nobody works on it. */
  readonly working: number | undefined
  /** Whether nothing more can be made of it: it had all its epochs, stopped itself, or failed. */
  readonly isOver: boolean
}

/** How a sweep goes. */
export interface Progress {
  readonly trials: readonly Standing[]
  /** Whether there will be no further trials. */
  readonly isComplete: boolean
}

/** A trial that goes on. */
export interface Promotion {
  readonly id: string
  /** The epochs that it is to have had. */
  readonly until: number
}

/** What decides how long each trial is trained. */
export interface Scheduler {
  readonly name: string
  /** How far a new trial goes at first: epochs, at most all of them. */
  first(epochs: number): number
  /**
   * The next trial to go on, by what is known now; undefined when none is to. It is asked again after every result, and what is over, or being worked
   * on, is never named.
   */
  next(progress: Progress): Promotion | undefined
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    scheduler: Scheduler
  }
}

/** What decides how long each trial of a sweep is trained. */
export const schedulerKind: Kind<'scheduler'> = defineKind('scheduler')
