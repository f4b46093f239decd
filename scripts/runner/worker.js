// Runs uvu test files one after another, in a process of their own, and speaks of them over the process channel: { next } asks for a file and is answered
// { file }, or {} when there is none; { done, passed, failed, skipped, leftOut, cpuMs, problem } comes after each.
// Counts come from uvu's own results, not from its output, which tests may write to as well.
//
// node scripts/runner/worker.js color|plain TIER|- SAMPLE|- TEST_FOLDER

import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cpuMs } from './cpu-time.js'

const [color, tier, sample, folder = ''] = process.argv.slice(2)

// uvu reads this when it is loaded. It must not reach the code under test.
if (color === 'color') process.env.FORCE_COLOR = '1'
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0 })
// Suites with tests of several tiers ask for it.
if (tier !== '-') Object.assign(globalThis, { ASHLAR_TIER: tier })
// And long families for the seed of a sample.
if (sample !== '-') Object.assign(globalThis, { ASHLAR_SAMPLE: sample })
await import('uvu')
delete process.env.FORCE_COLOR

/** @type {{ UVU_QUEUE: unknown[][], ASHLAR_LEFT_OUT?: number }} */
const uvu = /** @type {any} */ (globalThis)

// Without its parent nobody reads the results; but waiting for that must not keep this process alive.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()

for (let file = await nextFile(); file !== undefined; file = await nextFile()) {
  process.stdout.write(`${file}\n`)
  const before = cpuMs()
  const result = await runFile(join(folder, file))
  process.send?.({ done: file, ...result, cpuMs: cpuMs() - before })
}
process.exitCode = 0
process.removeAllListeners('disconnect').disconnect?.()

/** @returns {Promise<string | undefined>} */
async function nextFile() {
  const answered = once(process, 'message')
  process.channel?.ref()
  process.send?.({ next: true })
  const [{ file }] = await answered
  process.channel?.unref()
  return file
}

/** @param {string} path */
async function runFile(path) {
  uvu.ASHLAR_LEFT_OUT = 0
  const result = await runSuites(path)
  return { ...result, leftOut: uvu.ASHLAR_LEFT_OUT }
}

/** @param {string} path */
async function runSuites(path) {
  const sums = { passed: 0, failed: 0, skipped: 0 }
  uvu.UVU_QUEUE = [[]]
  try {
    await import(pathToFileURL(path).href)
  } catch (error) {
    console.error(error)
    return { ...sums, problem: 'could not be loaded' }
  }
  const suites = /** @type {(() => Promise<[string | true, number, number, number]>)[]} */ (
    uvu.UVU_QUEUE[0] ?? []
  )
  if (suites.length === 0)
    return { ...sums, problem: 'has no suite that is run: .run() is missing' }
  for (const suite of suites) {
    try {
      const [errors, passed, skipped, total] = await suite()
      if (errors !== true) process.stdout.write(`\n${errors}\n`)
      sums.passed += passed
      sums.failed += total - passed
      sums.skipped += skipped
      // uvu drops what a `before` hook throws and leaves the tests out.
      if (errors === true && passed < total) {
        return { ...sums, problem: 'has a hook that throws, whose error uvu does not show' }
      }
    } catch (error) {
      console.error(error)
      return { ...sums, problem: 'has an after hook that throws' }
    }
  }
  const total = sums.passed + sums.failed + sums.skipped
  return total === 0 && uvu.ASHLAR_LEFT_OUT === 0 ? { ...sums, problem: 'has no test' } : sums
}
