import { type ExitCode, exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal/output.ts'
import { reportError } from './terminal/report-error.ts'

/**
 * Runs the command line. Never throws: errors are told to the user.
 *
 * @param args without the program's own name.
 * @param name what the user types to start it, for the commands that are shown.
 */
export async function main(
  args: readonly string[],
  name: string,
  terminal: Terminal = process,
): Promise<ExitCode> {
  try {
    let code: ExitCode = exitCodes.done
    const setExitCode = (ended: ExitCode) => {
      code = ended
    }
    await createProgram({ name, setExitCode, terminal }).parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return reportError(error, { args, name, terminal })
  }
}
