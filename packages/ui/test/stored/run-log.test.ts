import { execFileSync } from 'node:child_process'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunLog } from '../../src/stored/run-log.ts'

const test = suite('a log that grows')

const line = (step: number, loss: unknown) => `${JSON.stringify({ kind: 'step', step, loss })}\n`

test('is read on from where it was, a line only once it is whole', () =>
  inScratch({}, async (folder) => {
    const path = `${folder}/metrics.jsonl`
    const log = new RunLog(path)
    await log.read()
    assert.equal(log.steps, {})
    // Cut in the midst of a line, and of a letter of two bytes.
    const text = Buffer.from(`${line(1, 3)}{"kind":"step","step":2,"é":5}\n${line(3, 1)}`)
    for (let end = 0; end < text.length; end += 7) {
      await writeFile(path, text.subarray(0, end))
      const growing = new RunLog(path)
      await growing.read()
      await appendFile(path, text.subarray(end))
      await growing.read()
      assert.equal(growing.steps, {
        loss: { steps: [1, 3], values: [3, 1] },
        é: { steps: [2], values: [5] },
      })
    }
  }))

test('one that begins anew, or is cut back to a checkpoint and goes on, is read from its start', () =>
  inScratch({}, async (folder) => {
    const path = `${folder}/metrics.jsonl`
    await writeFile(path, line(1, 3) + line(2, 2) + line(3, 1))
    const log = new RunLog(path)
    await log.read()
    await truncate(path, line(1, 3).length)
    await log.read()
    assert.equal(log.steps.loss!.steps, [1])
    // As long as before, with other lines.
    await writeFile(path, line(1, 7))
    await log.read()
    assert.equal(log.steps.loss!.values, [7])
    await writeFile(path, line(5, 3) + line(6, 2) + line(7, 1))
    await log.read()
    assert.equal(log.steps.loss!.steps, [5, 6, 7])
  }))

test('what is no log is passed over: damaged lines, wrong kinds, names of any form, a folder, a pipe', () =>
  inScratch({}, async (folder) => {
    const path = `${folder}/metrics.jsonl`
    await writeFile(
      path,
      [
        ...[
          '',
          'null',
          '[]',
          '{',
          '3',
          '"x"',
          '{"kind":"step"}',
          '{"kind":"step","step":1e999,"a":1}',
        ],
        ...[
          '{"kind":"odd","step":1,"a":1}',
          '{"kind":"epoch","step":1,"a":"text","b":null,"constructor":4}',
        ],
        ...[
          '{"kind":"epoch","step":2,"__proto__":5}',
          '{"kind":"epoch","step":0,"constructor":9}',
          '',
        ],
      ].join('\n'),
    )
    const log = new RunLog(path)
    await log.read()
    assert.equal(log.steps, {})
    assert.equal(Object.entries(log.epochs).find(([name]) => name === 'constructor')?.[1], {
      steps: [1],
      values: [4],
    })
    const odd = new RunLog(folder)
    await odd.read()
    assert.equal(odd.epochs, {})
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [`${folder}/pipe`])
    const pipe = new RunLog(`${folder}/pipe`)
    await pipe.read()
    assert.equal(pipe.steps, {})
  }))

test('which way metrics get better is kept, and of a line that somebody made what makes sense', () =>
  inScratch({}, async (folder) => {
    const path = `${folder}/metrics.jsonl`
    const log = new RunLog(path)
    const head = (better: unknown) => `${JSON.stringify({ kind: 'metrics', better })}\n`
    await writeFile(path, head({ loss: 'lower', bleu: 'higher' }) + line(1, 3))
    await log.read()
    assert.equal(log.better, { loss: 'lower', bleu: 'higher' })
    assert.equal(log.steps, { loss: { steps: [1], values: [3] } })
    // Begun anew, by something else.
    await writeFile(path, head({ a: 'up', b: 1, c: null, constructor: 'lower' }))
    await log.read()
    assert.equal(Object.entries(log.better), [['constructor', 'lower']])
    for (const wrong of [null, 'lower', 3, ['lower', 'higher']]) {
      await writeFile(path, head(wrong))
      const other = new RunLog(path)
      await other.read()
      assert.equal(other.better, {}, JSON.stringify(wrong))
    }
    await writeFile(path, '')
    await log.read()
    assert.equal(log.better, {})
  }))

test.run()
