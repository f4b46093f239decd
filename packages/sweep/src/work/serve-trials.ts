import type { Registry } from '@ashlar/plugins'
import type { TaskResult, TrialTask } from '../trials/task.ts'
import type { Answer, Request } from './messages.ts'
import { type PerformOptions, performTask } from './perform.ts'

/** What does a task: {@link performTask}, but for tests of what is around it. */
export type Perform = (task: TrialTask, options: PerformOptions) => Promise<TaskResult>

/**
 * Makes this process one that does trials, one after the other, for the process that started it; it ends with that one.
 *
 * @param registry the plugins at hand.
 * @example await serveTrials(builtInPlugins()) // the whole of a module that a pool of processes starts
 */
export async function serveTrials(
  registry: Registry,
  perform: Perform = performTask,
): Promise<void> {
  const stop = new AbortController()
  const answer = (message: Answer) => {
    // Whoever started it may be gone.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
  // Ctrl-C goes to all processes of a terminal; who started this one says what is to happen.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => stop.abort(new Error('SIGTERM')))
  process.on('disconnect', () => process.exit(1))
  process.on('message', (request: Request) => {
    if (request.kind === 'stop') {
      stop.abort(new Error('the sweep is stopped'))
      return
    }
    const { task, folder, home } = request
    void perform(task, {
      ...{ registry, folder, home, signal: stop.signal },
      onEpoch: (log) => answer({ kind: 'epoch', log }),
    }).then((result) => answer({ kind: 'done', result }))
  })
}
