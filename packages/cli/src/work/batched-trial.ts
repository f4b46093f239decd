import {
  openSweep,
  performIndexed,
  readRequest,
  requireOwnSweep,
  trialExitCode,
} from '@ashlar/sweep'
import type { ExitCode } from '../exit-codes.ts'
import { formatMetric } from '../terminal/format.ts'
import { listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { TRIAL_PROCESS } from './trial-module.ts'

/** One trial as a cluster's engine asks for it. */
export interface BatchedTrial {
  /** The sweep's folder. */
  readonly dir: string
  readonly batch: string
  readonly index: number
  readonly home?: string | undefined
  readonly trust?: boolean | undefined
}

/** Trains one trial of a sweep, and writes what came of it into the sweep's folder. */
export async function runBatchedTrial(asked: BatchedTrial, output: Output): Promise<ExitCode> {
  const { batch, index, home, trust } = asked
  const sweep = await openSweep(asked.dir)
  await requireOwnSweep(sweep, await readRequest(sweep), trust)
  const interruption = listenForInterruption({
    told: () => output.notice('leaving after this step'),
  })
  try {
    const result = await performIndexed({
      ...{ folder: sweep.path, batch, index, home, module: TRIAL_PROCESS },
      signal: interruption.signal,
    })
    const { id, status, metrics, error, epochs } = result
    const numbers = Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`)
    output.line([`${id}  ${status}`, `${epochs} epochs`, ...numbers].join('  '))
    if (error !== undefined) output.notice(`${id}: ${error.message}`)
    output.result(result)
    return trialExitCode(result)
  } finally {
    interruption.end()
  }
}
