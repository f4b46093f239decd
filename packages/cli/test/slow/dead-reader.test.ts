import { readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openRun } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar } from '../support/ashlar.ts'
import { outcomeOf } from '../support/outcome.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a run whose reading thread dies')

const ROWS = 120

const EXPERIMENT = `
model: { name: mlp, hidden: [6] }
dataset: { name: json-lines, files: a.jsonl, input: [a, b], as: numbers, target: kind, task: classification, testPart: 20, threads: 1 }
optimizer: { name: adam, learningRate: 0.02 }
epochs: 6
batchSize: 10
engine: { name: tfjs, backend: cpu }
callbacks: { checkpoint: {} }
`

/** Loaded before the program: ends a thread in the place of giving it one batch of so many, as the system does for want of memory. */
function endingAfter(jobs: number): Readonly<Record<string, string>> {
  const code = `
    import { Worker } from 'node:worker_threads'
    const { postMessage } = Worker.prototype
    let jobs = 0
    Worker.prototype.postMessage = function (message, ...more) {
      if (message?.rows !== undefined && ++jobs === ${jobs}) void this.terminate()
      else postMessage.call(this, message, ...more)
    }`
  const url = `data:text/javascript,${encodeURIComponent(code)}`
  return { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${url}` }
}

test('ends with what happened, where, and what to do; it goes on from its checkpoint, and ends as one whose threads live', () =>
  inScratch({ 'x.yaml': EXPERIMENT }, async (folder) => {
    const rows = Array.from({ length: ROWS }, (_, at) => {
      const [a, b] = [(at * 37) % 19, (at * 11) % 23]
      return JSON.stringify({ a, b, kind: a > b ? 'more' : 'less' })
    })
    await writeFile(join(folder, 'a.jsonl'), `${rows.join('\n')}\n`)
    const args = ['run', join(folder, 'x.yaml'), '--out']
    const { ended } = start([...args, join(folder, 'dead')], { env: endingAfter(37) })
    const { code, out, err } = await ended
    assert.is(code, 1, `${out}${err}`)
    assert.match(
      err,
      /a\.jsonl, record \d+: must be read, and the thread that read it ended: exit code 1\n {2}Look at this file, and at the memory that is left; then go on from the last checkpoint\./,
    )
    assert.not.match(err, /\n {4}at /)
    const latest = join(folder, 'dead/latest')
    assert.is(await outcomeOf((await openRun(latest)).path), 'failed')
    const resumed = await ashlar('run', '--resume', latest)
    assert.is(resumed.code, 0, resumed.err)
    assert.match(resumed.out, /going on after step \d+/)
    assert.is((await ashlar(...args, join(folder, 'whole'))).code, 0)
    const weights = async (name: string) => {
      const run = await readlink(join(folder, name, 'latest'))
      return readFile(join(folder, name, run, 'weights.safetensors'))
    }
    assert.equal(await weights('dead'), await weights('whole'))
  }))

test.run()
