import { exitCodes } from './exit-codes.ts'
import { main } from './main.ts'

/**
 * Runs the command line of this process.
 *
 * @param name what the user types to start it.
 */
export async function runProcess(name: string): Promise<void> {
  // A reader that has seen enough (`| head`) is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done)
      throw error
    })
  }
  process.exitCode = await main(process.argv.slice(2), name)
}
