import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRun, holdRun, listRuns, openRun } from '../../src/runs/index.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('holdRun')
const failure = new Error('no')
const began = new Date('2026-11-24T12:00:00.000Z')

test('a run is under way until its work ends, whatever its end; then the index knows it', () =>
  inScratch({}, async (out) => {
    await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    const run = await openRun(join(out, '1-a'))
    const outcome = async () => (await listRuns(out))[0]!.outcome
    assert.is(await outcome(), 'finished')
    const beside = run.file('weights.safetensors.77-0a1b2c3d.tmp')
    await writeFile(beside, 'half')
    const answer = await holdRun(run, began, async () => {
      assert.not.ok(existsSync(beside), 'of a process that was killed')
      assert.is(await outcome(), 'running')
      await run.writeJson('summary.json', summaryOf(0.9, { outcome: 'stopped' }))
      return 7
    })
    assert.is(answer, 7)
    assert.is(await outcome(), 'stopped')
    const failing = () => holdRun(run, began, () => Promise.reject(failure))
    assert.is(await failing().catch((error: unknown) => error), failure)
    assert.is(await outcome(), 'stopped')
    assert.not.ok(existsSync(run.file('process.json')))
  }))

test('another process is refused, and takes nothing away', () =>
  inScratch({}, async (out) => {
    await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    const run = await openRun(join(out, '1-a'))
    await holdRun(run, began, async () => {
      const second = () => holdRun(run, began, () => Promise.resolve())
      assert.match(await refusal(second), ': no process may be training the run, got "process ')
      assert.ok(existsSync(run.file('process.json')))
    })
  }))

test('a folder that became no run is removed', () =>
  inScratch({}, async (out) => {
    const run = await createRun(out, 'b', began)
    const failing = () => holdRun(run, began, () => Promise.reject(failure))
    assert.is(await failing().catch((error: unknown) => error), failure)
    assert.not.ok(existsSync(run.path))
    assert.not.ok(existsSync(join(out, 'latest')))
  }))

test.run()
