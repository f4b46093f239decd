import { type ExitCode, exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportError } from './terminal/report-error.ts'

/**
 * Runs the command line. Never throws: errors are told to the user.
 *
 * @param args without the program's own name.
 * @param name what the user types to start it, for the commands that are shown.
 */
export async function main(args: readonly string[], name: string): Promise<ExitCode> {
  // A reader that has seen enough (`| head`) is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) {
    stream.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done)
      throw error
    })
  }
  try {
    let code: ExitCode = exitCodes.done
    const program = createProgram(name, (ended) => {
      code = ended
    })
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return reportError(error, args, name)
  }
}
