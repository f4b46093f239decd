// Runs tfjs-core's own test suite on the tfjs backend `onnxruntime`. The last line is `N passed, N failed`.
//
//   pnpm conformance                    both parts, all specs
//   pnpm conformance --part op-table    a session for every piece, however small; `default`: as programs get it
//   pnpm conformance --shard 1/4        the first of four parts of the suite
//   pnpm conformance --grep conv2d      specs with this in their name
//   pnpm conformance --kernels          also which kernels tfjs computed, and why
//   pnpm conformance --reference        on tfjs's own CPU backend instead
//   --jobs N                            processes at the same time (2)

import { AshlarError } from '@ashlar/errors'
import { type Arguments, readArguments } from './arguments.ts'
import { bundleSuite } from './bundle.ts'
import { EXCLUSIONS } from './exclusions.ts'
import { judge, type Verdict } from './judge.ts'
import type { Settings } from './messages.ts'
import type { Part } from './parts.ts'
import { describeFailure, describeShare, describeTally, shareOf } from './report.ts'
import { runPart } from './run-part.ts'

/** Specs of tfjs-core 4.22.0. A run of the whole suite must account for each. */
const SPECS = 4227

try {
  process.exitCode = (await main(readArguments(process.argv.slice(2)))) ? 0 : 1
} catch (error) {
  if (!(error instanceof AshlarError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

/** @returns whether all went well. */
async function main(options: Arguments): Promise<boolean> {
  const suite = await bundleSuite()
  const verdicts: Verdict[] = []
  for (const part of options.parts) verdicts.push(await check(part, suite, options))
  const passed = verdicts.reduce((sum, verdict) => sum + verdict.passed, 0)
  const failed = verdicts.reduce((sum, verdict) => sum + verdict.failed.length, 0)
  print(`\n${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0
}

async function check(part: Part, suite: string, options: Arguments): Promise<Verdict> {
  const { backend, shard, jobs, grep } = options
  const started = performance.now()
  print(`\n${backend === 'cpu' ? "tfjs's own CPU backend" : part.title}`)
  const settings = Array.from(
    { length: jobs },
    (_, job): Settings => ({
      suite,
      backend,
      smallWork: part.smallWork,
      shard: { index: shard.index + shard.of * job, of: shard.of * jobs },
      grep,
    }),
  )
  const report = await runPart(settings)
  const whole = shard.of === 1 && grep === undefined
  const exclusions = backend === 'cpu' ? [] : EXCLUSIONS
  const verdict = judge(report.specs, exclusions, { part: part.name, whole })
  for (const failure of verdict.failed) print(describeFailure(failure))
  for (const { name, reason } of verdict.excluded) print(`excluded: ${name}\n  ${reason}`)
  if (options.kernels) print(describeTally(report.tally))
  const { passed, failed, excluded } = verdict
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  print(
    `${part.name}: ${passed} passed, ${failed.length} failed, ${excluded.length} excluded in ${seconds} s`,
  )
  if (backend !== 'cpu') print(`${part.name}: ${describeShare(report.tally)}`)
  if (!whole) return verdict
  const missing = []
  const seen = passed + failed.length + excluded.length
  if (seen !== SPECS) missing.push(`${seen} specs ran, it has ${SPECS}`)
  if (backend !== 'cpu' && shareOf(report.tally) < part.least) {
    missing.push(`less than ${100 * part.least} % of its kernels ran on onnxruntime`)
  }
  const lost = missing.map((message) => ({ name: 'the whole suite', messages: [message] }))
  for (const each of lost) print(describeFailure(each))
  return { ...verdict, failed: [...failed, ...lost] }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
