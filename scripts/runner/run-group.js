import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))

const TYPESCRIPT = new URL('../typescript/register.js', import.meta.url).href

/**
 * @typedef {object} FileResult
 * @property {string} file path below the group's `test/`.
 * @property {number} passed
 * @property {number} failed at least 1 when there is a `problem`.
 * @property {number} skipped
 * @property {number} [leftOut] members of families that a sample leaves out.
 * @property {number} ms
 * @property {number} [cpuMs] CPU time of the file and of what it started; unknown when it did not come to its end.
 * @property {string} [problem] what went wrong beyond failed tests, as the end of a sentence about the file.
 */

/**
 * @typedef {object} Options
 * @property {string | undefined} [tier] one of TIERS; left out: the tests outside of them.
 * @property {string | undefined} [sample] the seed of a sample; left out: all of every family.
 * @property {number} timeoutMs for one file.
 * @property {number} closingMs how long a worker may take to end after its last test; a live timer, server or thread keeps it longer. Removing an
 *   installed project of tens of thousands of files takes a while.
 * @property {boolean} color
 * @property {(text: Buffer | string) => void} write takes the output of the tests.
 * @property {Set<() => void>} stops receives a function for each live worker that kills it and all it started.
 */

/**
 * Runs the test files of a package in one worker process. When a file brings it down or takes too long, that file has failed
 * and the rest go on in a new worker.
 *
 * @param {import('./find-tests.js').Group} group its files are taken from the front, one by one, so that somebody else may take some as well.
 * @param {Options} options
 * @returns {Promise<FileResult[]>} one for each file that was taken here, in order.
 */
export async function runGroup(group, options) {
  /** @type {FileResult[]} */
  const results = []
  while (group.files.length > 0) results.push(...(await runWorker(group, options)))
  return results
}

/**
 * @param {import('./find-tests.js').Group} group
 * @param {Options} options
 * @returns {Promise<FileResult[]>} of the first files, at least one.
 */
function runWorker({ folder, files }, options) {
  const { tier, sample, timeoutMs, closingMs, color, write, stops } = options
  /** @type {FileResult[]} */
  const results = []
  let started = performance.now()
  let late = false
  /** @type {string | undefined} */
  let current
  let isDone = false
  // A group of its own, so that what a test starts goes when the worker is stopped.
  const child = spawn(
    process.execPath,
    [
      ...['--import', TYPESCRIPT, '--conditions=@ashlar/source', WORKER],
      ...[color ? 'color' : 'plain', tier ?? '-', sample ?? '-', join(folder, 'test')],
    ],
    {
      cwd: folder,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  const stop = () => kill(child)
  const expire = () => {
    late = true
    stop()
  }
  stops.add(stop)
  let watchdog = setTimeout(expire, timeoutMs)
  child.stdout?.on('data', write)
  child.stderr?.on('data', write)
  child.on('message', (/** @type {any} */ message) => {
    clearTimeout(watchdog)
    if (message.next === true) {
      current = files.shift()
      isDone = current === undefined
      started = performance.now()
      child.send({ file: current })
    } else {
      const { done: file, passed, failed, skipped, leftOut, cpuMs, problem } = message
      const ms = performance.now() - started
      results.push({ file, passed, skipped, leftOut, ms, cpuMs, ...failure(failed, problem) })
      current = undefined
    }
    watchdog = setTimeout(expire, isDone ? closingMs : timeoutMs)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    // What a test left running would live on in the worker's process group, and keep its pipes open.
    child.on('exit', stop)
    child.on('close', (code, signal) => {
      clearTimeout(watchdog)
      stops.delete(stop)
      const end = signal ?? `exit code ${code}`
      // One that ended before it asked for a file would do so again.
      const broken = current ?? (isDone || results.length > 0 ? undefined : files.shift())
      const last = results.at(-1)
      if (broken !== undefined) {
        const problem = late ? `took more than ${timeoutMs / 1000} s` : `ended its process (${end})`
        const ms = performance.now() - started
        results.push({ file: broken, passed: 0, skipped: 0, ms, ...failure(0, problem) })
      } else if (last !== undefined && (late || code !== 0)) {
        const problem = late
          ? 'or a file before it left something running that keeps the process alive'
          : `or a file before it broke the end of the process (${end})`
        Object.assign(last, failure(last.failed, last.problem ?? problem))
      }
      resolve(results)
    })
  })
}

/**
 * @param {number} failed
 * @param {string | undefined} problem
 */
function failure(failed, problem) {
  return problem === undefined ? { failed } : { failed: failed + 1, problem }
}

/** @param {import('node:child_process').ChildProcess} child */
function kill(child) {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: there is nothing left to stop.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}
