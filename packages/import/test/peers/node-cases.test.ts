import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Outcome, runCase } from '../support/node-cases.ts'

const test = suite("ONNX's own tests of operators")

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('write-node-cases.py', import.meta.url))

/** Cases that nothing here could compute, by the beginning of their name: why. */
const WITHOUT_MEANING: readonly (readonly [start: string, why: string])[] = [
  ['test_adagrad', 'optimizers of the preview domain'],
  ['test_adam', 'optimizers of the preview domain'],
  ['test_momentum', 'optimizers of the preview domain'],
  ['test_nesterov', 'optimizers of the preview domain'],
  ['test_ai_onnx_ml', 'classical machine learning'],
  ['test_image_decoder', 'pictures in files'],
  ['test_tfidfvectorizer', 'words'],
  ['test_training_dropout', "random numbers of numpy's own"],
  ['test_bernoulli', 'random numbers'],
]

/** What is not there yet, by the beginning of its name. */
const MISSING: readonly string[] = ['test_bitcast', 'test_flex', 'test_scan_sum']

/** How many are equal, and why each other one is not, those that nothing here could hold included. */
function reportOf(outcomes: readonly Outcome[]): string {
  const reasons = new Map<string, string[]>()
  for (const { name, result, reason } of outcomes) {
    if (result === 'equal') continue
    const [, why] = WITHOUT_MEANING.find(([start]) => name.startsWith(start)) ?? []
    const plain = reason.replace(/^tensor "\w+"/, 'a tensor').replace(/^\w+_\d+: /, '')
    const said = `${result}: ${why ?? plain.slice(0, 160)}`
    reasons.set(said, [...(reasons.get(said) ?? []), name.replace(/^test_/, '')])
  }
  const counted = outcomes.filter(({ result }) => result !== 'left out')
  const equal = counted.filter(({ result }) => result === 'equal')
  const lines = [...reasons].sort(([a], [b]) => a.localeCompare(b))
  return [
    `${equal.length} of ${counted.length} equal, ${outcomes.length - counted.length} left out`,
    ...lines.map(([reason, names]) => `  ${reason} (${names.length}): ${names.join(', ')}`),
    '',
  ].join('\n')
}

test('give what they should, but for those that are named here', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-node-cases-'))
  try {
    await promisify(execFile)(python, [script, folder])
    const outcomes: Outcome[] = []
    for (const name of await readdir(folder)) outcomes.push(await runCase(folder, name))
    const counted = outcomes.filter(({ result }) => result !== 'left out')
    const equal = counted.filter(({ result }) => result === 'equal').length
    const known = [...WITHOUT_MEANING.map(([start]) => start), ...MISSING]
    const others = counted.filter(
      ({ name, result }) => result !== 'equal' && !known.some((start) => name.startsWith(start)),
    )
    assert.equal(
      others.map(({ name, result, reason }) => `${name} ${result}: ${reason.slice(0, 120)}`),
      [],
    )
    process.stdout.write(reportOf(outcomes))
    // What is there by now is not said to be missing.
    const found = (start: string) => counted.filter(({ name }) => name.startsWith(start))
    const stale = MISSING.filter((start) => found(start).every(({ result }) => result === 'equal'))
    assert.equal(stale, [])
    assert.ok(equal >= 0.95 * counted.length, `${equal} of ${counted.length}`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.run()
