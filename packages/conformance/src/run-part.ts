import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { EngineError } from '@ashlar/errors'
import type { Report, Settings } from './messages.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

/** A process that takes longer than this hangs: the whole suite takes seconds. */
const TIMEOUT_MS = 600_000

/**
 * Runs a part of the suite in as many processes as there are shards.
 *
 * @throws EngineError when a process ends without a report.
 */
export async function runPart(shards: readonly Settings[]): Promise<Report> {
  const reports = await Promise.all(shards.map(runShard))
  const tally: Record<string, number> = {}
  for (const report of reports) {
    for (const [key, count] of Object.entries(report.tally)) tally[key] = (tally[key] ?? 0) + count
  }
  return { specs: reports.flatMap(({ specs }) => specs), tally }
}

function runShard(settings: Settings): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, [JSON.stringify(settings)], {
      // What tests print is theirs.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      timeout: TIMEOUT_MS,
    })
    let report: Report | undefined
    child.once('message', (message) => {
      report = message as Report
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (report !== undefined) return resolve(report)
      reject(
        new EngineError({
          where: 'conformance',
          expected: 'a process that runs tests must end with a report',
          given: signal ?? code,
        }),
      )
    })
  })
}
