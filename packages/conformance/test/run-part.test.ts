import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { bundleSuite } from '../src/bundle.ts'
import { EXCLUSIONS } from '../src/exclusions.ts'
import { judge } from '../src/judge.ts'
import type { Settings } from '../src/messages.ts'
import { runPart } from '../src/run-part.ts'

const { test, slow } = tieredSuite('a part of the suite')

const bundle = await bundleSuite()
const settings: Settings = {
  suite: bundle,
  backend: 'onnxruntime',
  smallWork: 'onnxruntime',
  shard: { index: 0, of: 1 },
  grep: 'matmul',
}

slow('runs on onnxruntime in processes of its own', async () => {
  const halves = [0, 1].map((index): Settings => ({ ...settings, shard: { index, of: 2 } }))
  const report = await runPart(halves)
  const verdict = judge(report.specs, EXCLUSIONS, { part: 'op-table', whole: false })
  assert.equal(verdict.failed, [])
  assert.ok(verdict.passed > 20, `${verdict.passed} specs`)
  assert.ok(report.tally['BatchMatMul\tonnxruntime\t']! > 20)
})

slow("runs on tfjs's own backend for comparison", async () => {
  const report = await runPart([{ ...settings, backend: 'cpu', grep: 'matmul' }])
  assert.ok(report.specs.length > 0)
  assert.ok(report.specs.every(({ status }) => status === 'passed'))
  assert.equal(report.tally, {})
})

test('is an error when a process ends without a report', async () => {
  try {
    await runPart([{ ...settings, suite: `${bundle}.missing` }])
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /a process that runs tests must end with a report, got 1/,
    )
  }
})

test.run()
