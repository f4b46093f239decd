import { type Command, InvalidArgumentError } from 'commander'
import type { ExitCode } from '../exit-codes.ts'
import type { Terminal } from '../terminal/output.ts'

/** What commands are told when they are added to the program. */
export interface CommandContext {
  /** What the user types to start the program. */
  readonly name: string
  readonly setExitCode: (code: ExitCode) => void
  readonly terminal: Terminal
}

/** Adds a command to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void

/** The options that every command has. */
export interface CommonOptions {
  readonly json?: true
  readonly verbose?: true
}

/** Adds the {@link CommonOptions} to a command. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object, for machines')
    .option('--verbose', 'show stack traces with errors')
}

/** The argument that most commands take after their first. */
export const OVERRIDES = {
  name: '[key=value...]',
  description: 'overrides of the experiment, keys joined with dots: dataset.limit=4000 epochs=3',
} as const

/** Reads a whole number above 0 from an option. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('must be a positive integer.')
}

/** An option as an override of the experiment; `undefined` for an option that was not given. */
export function asOverride(key: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${key}=${JSON.stringify(value)}`]
}
