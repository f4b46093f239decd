import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ConfigError } from '@ashlar/errors'

const run = promisify(execFile)

/** Milliseconds that one of Slurm's programs may take; a controller that is busy answers late. */
const LONGEST = 120_000

/** What Slurm's programs say of a controller that is away, starts again or has too much to do. */
const AWAY =
  /no answer within|unable to contact|timed out|zero bytes were|standby|temporarily un|connection (refused|reset)|communication/i

/** What one of Slurm's programs has said instead of an answer. */
export class SlurmError extends Error {
  /** Whether it may be none the next time. */
  get isPassing(): boolean {
    return AWAY.test(this.message)
  }
}

/**
 * Runs one of Slurm's programs, without a shell.
 *
 * @throws ConfigError where there is no such program, SlurmError with what it says when it fails.
 */
export async function slurm(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, {
      timeout: LONGEST,
      maxBuffer: 2 ** 28,
      // What it prints is read here.
      env: { ...process.env, LC_ALL: 'C' },
    })
    return stdout
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException & { stderr?: string; killed?: boolean }
    if (error.code === 'ENOENT') {
      throw new ConfigError({
        where: '--launcher slurm',
        expected: `needs Slurm's program ${program}`,
        hint: 'Start the sweep where you would start sbatch: on a login node of the cluster.',
        cause,
      })
    }
    const said = (error.stderr ?? '').trim().split('\n').at(-1) ?? ''
    const text = error.killed ? `no answer within ${LONGEST / 1000} seconds` : said || error.message
    throw new SlurmError(text.startsWith(program) ? text : `${program}: ${text}`, { cause })
  }
}
