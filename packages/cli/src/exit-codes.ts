/** What the process answers: done, the work failed, wrong usage, interrupted and able to go on, stopped by Ctrl-C. */
export const exitCodes = { done: 0, failed: 1, usage: 2, later: 75, interrupted: 130 } as const

/** One of `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
