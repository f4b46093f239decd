/** How long a run was meant to be before somebody gave it other epochs: until a step, schedules went by that. */
export interface TrainingPlan {
  readonly epochs: number
  /** Steps that were done by it, those before included. */
  readonly steps: number
}
