import './plugin-options.ts'

export { defineExperiment, type TypedExperiment } from '@ashlar/core'
export { type ExitCode, exitCodes } from './exit-codes.ts'
export { main } from './main.ts'
export type { Terminal } from './terminal/output.ts'
