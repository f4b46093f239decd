import { AshlarError, ConfigError, ShapeError } from '@ashlar/errors'
import { CommanderError } from 'commander'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { colorsOf, type Terminal } from './output.ts'
import { visible, visibleJson } from './visible.ts'

/** The command line that failed. */
export interface FailedCommand {
  /** It may not even have been understood. */
  readonly args: readonly string[]
  /** What the user types to start the program. */
  readonly name: string
  readonly terminal: Terminal
}

/**
 * Tells the user what went wrong: one clear line, a hint where there is one; with `--verbose` the stack, with `--json` an
 * object `{ error: { code, where, message, hint } }` on stdout.
 */
export function reportError(error: unknown, { args, name, terminal }: FailedCommand): ExitCode {
  if (error instanceof CommanderError) {
    // Help or version, which were asked for and are printed by now.
    if (error.exitCode === 0) return exitCodes.done
    // No command at all: the help is printed, and says it all.
    if (error.code === 'commander.help') return exitCodes.usage
  }
  const { stdout, stderr } = terminal
  const told = explain(error, name)
  if (isGiven('--json', args)) {
    stdout.write(`${visibleJson(JSON.stringify({ error: told }, null, 2))}\n`)
  } else {
    const [first, ...rest] = visible(told.message).split('\n')
    stderr.write(`${[colorsOf(stderr).red(first!), ...rest].join('\n')}\n`)
  }
  if (isGiven('--verbose', args)) stderr.write(`${visible(stackOf(error))}\n`)
  return isUsage(error) ? exitCodes.usage : exitCodes.failed
}

/** Shapes come from the experiment as well: a model that does not fit is refused before anything is done. */
function isUsage(error: unknown): boolean {
  return (
    error instanceof ConfigError || error instanceof ShapeError || error instanceof CommanderError
  )
}

interface Told {
  readonly code: string
  readonly where: string
  readonly message: string
  readonly hint?: string | undefined
}

function explain(error: unknown, name: string): Told {
  if (error instanceof AshlarError) {
    const { code, where, message, hint } = error
    return { code, where, message, hint }
  }
  if (error instanceof CommanderError) {
    const hint = `See ${name} --help.`
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
    return { code: 'USAGE', where: name, message: `${name}: ${message}\n  ${hint}`, hint }
  }
  const reason = error instanceof Error ? error.message : String(error)
  // What the operating system refuses (a full disk, a folder without permission) says which file and why.
  if (isSystemError(error)) {
    return { code: 'SYSTEM', where: error.path ?? name, message: `${name}: ${reason}` }
  }
  const hint = 'This should not happen. --verbose shows where it did.'
  return { code: 'UNEXPECTED', where: name, message: `${name}: ${reason}\n  ${hint}`, hint }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stack = error.stack ?? error.message
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`
}

/** What follows `--` is no option. */
function isGiven(option: string, args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes(option)
}
