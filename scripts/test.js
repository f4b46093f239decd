// Runs the tests of all packages, or of those named. The last line is `N passed, N failed`.
//
//   node scripts/test.js                  everything but the tiers
//   node scripts/test.js graph core       two packages
//   node scripts/test.js graph/ops        the files of graph with `ops` in their path
//   node scripts/test.js --tier peers     only test/peers/: tests that need other programs
//   node scripts/test.js --tier deep --sample 9e44b6a   one in some of its long families, chosen by that seed
//   node scripts/test.js --portable       with standard ONNX alone, what that makes a difference to

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findGroups, select, TIERS } from './runner/find-tests.js'
import { PORTABLE } from './runner/portable.js'
import { report, seconds, sums } from './runner/report.js'
import { runGroup } from './runner/run-group.js'
import { sections } from './runner/sections.js'

const USAGE = `usage: node scripts/test.js [PACKAGE[/PART_OF_PATH]...]
  --tier ${TIERS.join('|')}  run the tests of that folder instead
  --sample SEED             with a tier: of each long family one in some, which ones by the seed; left out: all
  --portable                with ASHLAR_FORMS=portable; names no package: those of scripts/runner/portable.js
  --timeout SECONDS         for one file (3600), which none comes near: a guard against one that hangs
  --closing SECONDS         for the end of a process after its last test (600)
  --jobs N                  packages at the same time (2)
  --slowest N               how many of the slowest files to show at the end (5)
  --root FOLDER             another workspace`

/** @type {Set<() => void>} */
const stops = new Set()

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    for (const stop of stops) stop()
    process.kill(process.pid, signal)
  })
}

// Whoever read the output has gone (as `head` does): the workers end with this process.
process.stdout.on('error', () => process.exit(1))

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

/** @returns {Promise<boolean>} whether all went well. */
async function main() {
  const options = readArguments()
  const groups = select(findGroups(options.root, options.tier), options.names)
  // A package without any test of a tier is nothing to report; without any test at all it is.
  const queue = groups.filter(
    ({ files, isTested }) => files.length > 0 || (options.tier === undefined && !isTested),
  )
  const openSection = sections((text) => process.stdout.write(text))
  /** @type {import('./runner/report.js').Result[]} */
  const results = []

  /** @type {import('./runner/find-tests.js').Group[]} */
  const begun = []
  // The next package, and where all have begun, the files of the one that has most of them left.
  const next = () => {
    const group = queue.shift()
    if (group !== undefined) begun.push(group)
    return group ?? mostLeft(begun, options.tier === undefined ? 8 : 1)
  }

  const takeGroups = async () => {
    for (let group = next(); group !== undefined; group = next()) {
      const { name } = group
      const started = performance.now()
      const section = openSection()
      section.write(`\n${name}\n`)
      const found =
        group.files.length === 0
          ? [{ file: '*.test.ts', passed: 0, failed: 1, skipped: 0, ms: 0, problem: 'is missing' }]
          : await runGroup(group, { ...options, write: section.write, stops })
      results.push(...found.map((result) => ({ ...result, group: name })))
      const { passed, failed } = sums(found)
      const time = seconds(performance.now() - started)
      section.write(`${name}: ${passed} of ${passed + failed} tests passed in ${time}\n`)
      section.end()
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, takeGroups))

  for (const line of report(results, options)) console.log(line)
  const { passed, failed, skipped } = sums(results)
  return failed === 0 && passed + skipped > 0
}

/**
 * @param {import('./runner/find-tests.js').Group[]} groups
 * @param {number} fewest files that are worth a process: those of a tier take long.
 * @returns {import('./runner/find-tests.js').Group | undefined} none where no file is left that another process may run.
 */
function mostLeft(groups, fewest) {
  return groups
    .filter(({ files, isTogether }) => files.length >= fewest && !isTogether)
    .sort((a, b) => b.files.length - a.files.length)[0]
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tier: { type: 'string' },
      sample: { type: 'string' },
      portable: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '3600' },
      closing: { type: 'string', default: '600' },
      jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      slowest: { type: 'string', default: '5' },
      root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    },
  })
  const timeoutMs = Number(values.timeout) * 1000
  const closingMs = Number(values.closing) * 1000
  const jobs = Number(values.jobs)
  const slowest = Number(values.slowest)
  const tierKnown = values.tier === undefined || TIERS.includes(values.tier)
  const counts = Number.isInteger(jobs) && jobs >= 1 && Number.isInteger(slowest) && slowest >= 0
  const sampleKnown =
    values.sample === undefined || (values.sample !== '' && values.tier !== undefined)
  if (!(timeoutMs > 0) || !(closingMs > 0) || !counts || !tierKnown || !sampleKnown)
    throw new Error(USAGE)
  // For the processes that run the tests.
  if (values.portable) process.env.ASHLAR_FORMS = 'portable'
  return {
    names: values.portable && positionals.length === 0 ? PORTABLE : positionals,
    tier: values.tier,
    sample: values.sample,
    timeoutMs,
    closingMs,
    jobs,
    slowest,
    root: values.root,
    color: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  }
}
