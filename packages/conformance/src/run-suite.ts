import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Report, Settings } from './messages.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Runs a shard in a process of its own. Rejects when that ends without a report. */
export function runShard(settings: Settings, timeoutMs: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(WORKER, [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      timeout: timeoutMs,
    })
    let report: Report | undefined
    child.once('message', (message) => {
      report = message as Report
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (report !== undefined) resolve(report)
      else reject(new Error(`shard ${settings.shard.index} ended by ${signal ?? `code ${code}`}`))
    })
  })
}
