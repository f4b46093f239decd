/** @typedef {import('./run-group.js').FileResult & { group: string }} Result */

/**
 * The end of a test run: what it cost, the slowest files, what failed, and as the very last line the sums.
 *
 * @param {readonly Result[]} results
 * @param {object} options
 * @param {number} options.slowest how many of the slowest files to show.
 * @param {string | undefined} [options.tier] what was run.
 * @param {string | undefined} [options.sample] the seed of what was chosen.
 * @returns {string[]} lines.
 */
export function report(results, { slowest, tier, sample }) {
  const shown = [...results].sort((a, b) => effort(b) - effort(a)).slice(0, slowest)
  const failed = results
    .filter((result) => result.failed > 0)
    .sort((a, b) => path(a).localeCompare(path(b)))
  const { passed, failed: failures, skipped } = sums(results)
  const cost = seconds(results.reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0))
  const leftOut = results.reduce((sum, { leftOut = 0 }) => sum + leftOut, 0)
  return [
    '',
    `CPU time of all files${tier === undefined ? '' : ` of the tier ${tier}`}: ${cost}`,
    ...(sample === undefined
      ? []
      : [
          `${leftOut} members of families left out: --sample ${sample} chooses the same ones again`,
        ]),
    '',
    'Slowest files (CPU time, time)',
    ...shown.map(
      (result) =>
        `  ${cpuTime(result).padStart(7)}  ${seconds(result.ms).padStart(7)}  ${path(result)}`,
    ),
    ...(failed.length > 0
      ? ['', 'Failed', ...failed.map((result) => `  ${describe(result)}`)]
      : []),
    '',
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${passed} passed, ${failures} failed`,
  ]
}

/**
 * @param {readonly Pick<Result, 'passed' | 'failed' | 'skipped'>[]} results
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function sums(results) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of results) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  return total
}

/**
 * @param {number} ms
 * @returns {string} as in `12.3 s`.
 */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}

/**
 * What a file costs: CPU time, which says the same on a busy machine.
 *
 * @param {Result} result
 */
function effort({ cpuMs, ms }) {
  return cpuMs ?? ms
}

/** @param {Result} result */
function cpuTime({ cpuMs }) {
  return cpuMs === undefined ? '?' : seconds(cpuMs)
}

/** @param {Result} result */
function describe({ problem, ...result }) {
  const tests = result.passed + result.failed
  return problem === undefined
    ? `${path(result)}: ${result.failed} of ${tests} tests`
    : `${path(result)} ${problem}`
}

/** @param {Pick<Result, 'group' | 'file'>} result */
function path({ group, file }) {
  return `${group}/test/${file}`
}
