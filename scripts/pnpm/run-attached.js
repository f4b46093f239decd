import { spawn } from 'node:child_process'

/** A terminal sends Ctrl-C to everybody; npm then passes it on once more. Within this time it is one Ctrl-C. */
const SAME_SIGNAL_MS = 1000

/**
 * Runs a program in this one's place: same terminal, signals passed on, and this process ends as the program ended.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<void>} settled when the program has ended and `process.exitCode` is set.
 */
export function runAttached(file, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, stdio: 'inherit' })
    /** @type {Map<NodeJS.Signals, number>} */
    const passedOn = new Map()
    const passOn = (/** @type {NodeJS.Signals} */ signal) => {
      // The child is in the terminal's foreground group as well, so it has this one already.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      const now = performance.now()
      if (now - (passedOn.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return
      passedOn.set(signal, now)
      child.kill(signal)
    }
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
    for (const signal of signals) process.on(signal, passOn)
    child.on('error', (error) => {
      console.error(`ashlar: cannot start ${file}: ${error.message}`)
      process.exitCode = 1
      resolve()
    })
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, passOn)
      if (signal === null) process.exitCode = code ?? 1
      else process.kill(process.pid, signal)
      resolve()
    })
  })
}
