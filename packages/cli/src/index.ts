export { type ExitCode, exitCodes } from './exit-codes.ts'
export { main } from './main.ts'
export type { Terminal } from './terminal/output.ts'
