import { Worker } from 'node:worker_threads'

/** What a process prints on stderr before it ends itself for want of memory. */
export const HOLDS_TOO_MUCH = '\nashlar: holds too much memory\n'

/** How often it is looked, in milliseconds: memory grows fast. */
const LOOK_MS = { memory: 20, parent: 1000 }

/** When a process ends itself. */
export interface WatchLimits {
  /** Once this one is not its parent any more: the process that started it, from itself, as it may be gone by now. */
  readonly parent: number
  /** Once it holds more bytes of memory than these; says so first, by {@link HOLDS_TOO_MUCH}. */
  readonly most?: number | undefined
  /** After so many seconds. */
  readonly seconds?: number | undefined
}

// A thread of its own: what never ends blocks the thread that it is in. Its code is a text, for it needs nothing, and loaders of TypeScript do not reach into threads.
const CODE = `
const { parentPort, workerData: { parent, most, seconds, every, marker } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const end = () => process.kill(process.pid, 'SIGKILL')
const look = () => {
  if (process.ppid !== parent) end()
  if (most === undefined || process.memoryUsage.rss() <= most) return
  writeSync(2, marker)
  end()
}
look()
setInterval(look, every)
if (seconds !== undefined) setTimeout(end, seconds * 1000)
parentPort.postMessage('watching')`

/**
 * Ends this process once it goes beyond its limits, whatever it does then. Else a run without an end would outlive a server that was killed.
 *
 * @returns once it is watched: what is begun before may go beyond them for a moment.
 */
export function watchThisProcess({ parent, most, seconds }: WatchLimits): Promise<void> {
  const every = most === undefined ? LOOK_MS.parent : LOOK_MS.memory
  return new Promise((resolve, reject) => {
    const thread = new Worker(CODE, {
      eval: true,
      execArgv: [],
      workerData: { parent, most, seconds, every, marker: HOLDS_TOO_MUCH },
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
    })
    thread.once('message', () => {
      thread.unref()
      resolve()
    })
    thread.once('error', reject)
  })
}
