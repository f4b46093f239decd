import { parseArgs } from 'node:util'
import { performIndexed } from '../launch/batched/perform-indexed.ts'
import { trialExitCode } from '../launch/batched/trial-exit-code.ts'

/**
 * Makes this process `trial DIR --batch DIGEST --index N`, as launchers start it on other machines, but with other plugins than those of the command line.
 *
 * @param module of a process of trials, absolute.
 */
export async function runTrialCommand(module: string): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      batch: { type: 'string' },
      index: { type: 'string' },
      trust: { type: 'boolean' },
    },
  })
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  const result = await performIndexed({
    ...{ folder: positionals[1] ?? '', batch: values.batch ?? '', module },
    ...{ index: Number(values.index), signal: stop.signal },
  })
  process.exitCode = trialExitCode(result)
}
