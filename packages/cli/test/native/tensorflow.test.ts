import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNative } from '@ashlar/native'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar --engine tensorflow')
const installed = (await findNative()).state === 'ready'
if (!installed) process.stdout.write('  skipped: TensorFlow native is not installed\n')
const check = installed ? test : test.skip

/** Largest allowed difference of a metric between engines: weights differ in their last digits after some steps. */
const TOLERANCE = 1e-3

interface Evaluation {
  readonly engine: string
  readonly metrics: Readonly<Record<string, number>>
}

check('trains, evaluates, and exports are held against TensorFlow', () =>
  inScratch({}, async (folder) => {
    const run = async (engine: string) => {
      const args = ['run', TINY, '--engine', engine, '--out', join(folder, engine)]
      const answer = await ashlarJson<{ run: string; test: Record<string, number> }>(...args)
      return answer
    }
    const native = await run('tensorflow')
    const compiled = await run('onnxruntime')
    same(native.test, compiled.test)
    const verification = readFileSync(join(native.run, 'verification.json'), 'utf8')
    assert.match(verification, /"backend": "tensorflow"/)

    const there = await ashlarJson<Evaluation>('evaluate', native.run)
    assert.is(there.engine, 'tensorflow')
    const here = await ashlarJson<Evaluation>('evaluate', native.run, '--engine', 'onnxruntime')
    same(there.metrics, here.metrics)
  }),
)

/** Made by TensorFlow; lies with the tests of the package that reads it. */
const SAVED_MODEL = fileURLToPath(
  new URL('../../../native/test/native/saved-models/mlp', import.meta.url),
)

check('convert takes a SavedModel, with the names of its signature', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'mlp.onnx')
    const args = ['convert', SAVED_MODEL, '-o', path, '--signature', 'serving_default']
    const { report } = await ashlarJson<{ report: { file: Record<string, { name: string }[]> } }>(
      ...args,
    )
    const names = (key: string) => report.file[key]!.map(({ name }) => name).sort()
    assert.equal(names('inputs'), ['word', 'x'])
    assert.equal(names('outputs'), ['left', 'right'])
    const wrong = await ashlar('convert', SAVED_MODEL, '--signature', 'serve')
    assert.match(wrong.err, /signature must be one of serving_default, got "serve"/)
  }),
)

check('native status and doctor find it', async () => {
  const status = await ashlarJson<{ state: string; tensorflow: string }>('native', 'status')
  assert.is(status.state, 'ready')
  const { findings } = await ashlarJson<{ findings: { name: string; state: string }[] }>('doctor')
  assert.is(findings.find(({ name }) => name === 'TensorFlow native')?.state, 'fine')
})

function same(actual: Readonly<Record<string, number>>, expected: typeof actual): void {
  assert.equal(Object.keys(actual), Object.keys(expected))
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(actual[name]! - value) <= TOLERANCE, `${name}: ${actual[name]} and ${value}`)
  }
}

test.run()
