import './generated/plugin-options.ts'

export { defineExperiment, type TypedExperiment } from '@ashlar/experiment'
export type { CommandContext } from './commands/command.ts'
export { type ExitCode, exitCodes } from './exit-codes.ts'
export { main } from './main.ts'
export { createProgram } from './program.ts'
export type { Terminal } from './terminal/output.ts'
