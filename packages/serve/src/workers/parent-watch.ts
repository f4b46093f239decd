import { Worker } from 'node:worker_threads'

/** How often it is looked whether the server lives, in milliseconds. */
const LOOK_MS = 1000

// A thread of its own: a run that never ends blocks the thread that it is in. Its code is a text, for it needs nothing and must start anywhere.
const CODE = `
const { workerData } = require('node:worker_threads')
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, ${LOOK_MS})
`

/**
 * Ends this process once the one that started it has ended, whatever this one does then. Else a run without an end would outlive a server that was killed.
 *
 * @param parent the process that started this one, from itself: it may be gone by now.
 */
export function endWithParent(parent: number): void {
  const thread = new Worker(CODE, {
    eval: true,
    execArgv: [],
    workerData: parent,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  })
  thread.unref()
}
