import { AshlarError, ConfigError } from '@ashlar/errors'
import { CommanderError } from 'commander'
import pc from 'picocolors'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

/**
 * Tells the user what went wrong: one clear line, a hint where there is one; with `--verbose` the stack, with `--json` an
 * object `{ error: { code, where, message, hint } }` on stdout.
 *
 * @param args of the command line: it may not even have been understood.
 * @param name what the user types to start the program.
 */
export function reportError(error: unknown, args: readonly string[], name: string): ExitCode {
  if (error instanceof CommanderError) {
    // Help or version, which were asked for and are printed by now.
    if (error.exitCode === 0) return exitCodes.done
    // No command at all: the help is printed, and says it all.
    if (error.code === 'commander.help') return exitCodes.usage
  }
  const told = explain(error, name)
  if (isGiven('--json', args)) {
    process.stdout.write(`${JSON.stringify({ error: told }, null, 2)}\n`)
  } else {
    const [first, ...rest] = told.message.split('\n')
    const colors = pc.createColors(process.stderr.isTTY && pc.isColorSupported)
    process.stderr.write(`${[colors.red(first!), ...rest].join('\n')}\n`)
  }
  if (isGiven('--verbose', args)) process.stderr.write(`${stackOf(error)}\n`)
  return error instanceof ConfigError || error instanceof CommanderError
    ? exitCodes.usage
    : exitCodes.failed
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
  const hint = 'This should not happen. --verbose shows where it did.'
  return { code: 'UNEXPECTED', where: name, message: `${name}: ${reason}\n  ${hint}`, hint }
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
