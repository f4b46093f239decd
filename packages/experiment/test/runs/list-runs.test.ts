import { spawnSync } from 'node:child_process'
import { appendFile, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  changeNotes,
  listRuns,
  openRun,
  type RunRecord,
  readNotes,
  refreshRecord,
} from '../../src/runs/index.ts'
import { claimRun, refuseIfTrained, releaseRun } from '../../src/runs/training-process.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('listRuns')

const names = (runs: readonly { run: string }[]) => runs.map(({ run }) => run)

/** Three runs: of two optimizers, and one without a summary. */
async function three(out: string): Promise<void> {
  await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
  await writeRun(
    out,
    '2-b',
    configOf('b', 'sgd'),
    summaryOf(0.8, { source: { commit: 'abc', changes: [' M x'] } }),
  )
  await writeRun(out, '3-c', configOf('c', 'sgd'), undefined)
}

test('what is known of each run, the latest first, whether read from folders or the index', () =>
  inScratch({}, async (out) => {
    await three(out)
    const first = await listRuns(out)
    assert.equal(names(first), ['3-c', '2-b', '1-a'])
    assert.equal(first[2], {
      run: '1-a',
      experiment: 'a',
      outcome: 'finished',
      began: '2026-11-24T10:00:00.000Z',
      steps: 20,
      seconds: 12,
      parameters: 100,
      metrics: { accuracy: 0.9, 'training.loss': 1 - 0.9 },
      commit: undefined,
      dirty: undefined,
      tags: [],
      note: '',
      config: {
        name: 'a',
        'model.name': 'mlp',
        'model.hidden.0': 4,
        'model.hidden.1': 5,
        'optimizer.name': 'adam',
      },
    })
    assert.equal([first[0]!.outcome, first[1]!.commit, first[1]!.dirty], ['killed', 'abc', true])
    const again = await listRuns(out)
    assert.equal(JSON.stringify(again), JSON.stringify(first))
    // The folders are not read again: without its files a run is known all the same.
    await writeFile(join(out, '1-a', 'summary.json'), 'damaged')
    assert.is((await listRuns(out))[2]!.outcome, 'finished')
    assert.is((await listRuns(out, { rebuild: true }))[2]!.outcome, 'killed')
  }))

test('runs that are new, gone, or went on', () =>
  inScratch({}, async (out) => {
    await three(out)
    await listRuns(out)
    await rm(join(out, '1-a'), { recursive: true })
    await writeRun(out, '4-d', configOf('d', 'adam'), summaryOf(0.7))
    await writeRun(out, '3-c', configOf('c', 'sgd'), summaryOf(0.6))
    assert.equal(
      (await listRuns(out)).map(({ run, metrics }) => [run, metrics.accuracy]),
      [
        ['4-d', 0.7],
        ['3-c', 0.6],
        ['2-b', 0.8],
      ],
    )
    await writeRun(out, '2-b', configOf('b', 'sgd'), summaryOf(0.85))
    await refreshRecord(out, '2-b')
    assert.is((await listRuns(out))[2]!.metrics.accuracy, 0.85)
  }))

test('a run that goes on, or was killed, is shown as it is now', () =>
  inScratch({}, async (out) => {
    await three(out)
    await listRuns(out)
    const run = await openRun(join(out, '1-a'))
    const seen = async (): Promise<Partial<RunRecord>> => {
      const records = await listRuns(out)
      const rebuilt = await listRuns(out, { rebuild: true })
      assert.equal(JSON.stringify(rebuilt), JSON.stringify(records))
      const { outcome, began, steps, totalSteps, metrics } = records[2]!
      return { outcome, began, steps, totalSteps, metrics }
    }
    const began = '2026-11-24T12:00:00.000Z'
    await claimRun(run, { began, totalSteps: 90 })
    const at = { began, totalSteps: 90 }
    assert.equal(await seen(), { outcome: 'running', ...at, steps: 0, metrics: {} })
    const lines = [
      { kind: 'step', step: 50, epoch: 1, learningRate: 0.1, loss: 0.5 },
      {
        kind: 'epoch',
        step: 60,
        epoch: 1,
        learningRate: 0.1,
        seconds: 2,
        loss: 0.4,
        val_loss: 0.6,
      },
    ]
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    await writeFile(run.file('metrics.jsonl'), `${text}{"kind":"st`)
    const metrics = { 'training.loss': 0.4, 'training.val_loss': 0.6 }
    assert.equal(await seen(), { outcome: 'running', ...at, steps: 60, metrics })
    await refreshRecord(out, '1-a')
    assert.is((await seen()).outcome, 'running', 'a note that is changed meanwhile')

    const claim = JSON.parse(await readFile(run.file('process.json'), 'utf8'))
    for (const other of [{ pid: endedProcess() }, { started: 'another start' }]) {
      if (process.platform !== 'linux' && 'started' in other) continue
      await run.writeJson('process.json', { ...claim, ...other })
      assert.equal(await seen(), { outcome: 'killed', ...at, steps: 60, metrics })
    }

    await releaseRun(run)
    await refreshRecord(out, '1-a')
    const ended = await seen()
    assert.equal([ended.outcome, ended.steps, ended.totalSteps], ['finished', 20, undefined])
  }))

test('a process of another machine counts as long as something is written', () =>
  inScratch({}, async (out) => {
    await three(out)
    const run = await openRun(join(out, '1-a'))
    await claimRun(run, { began: '2026-11-24T12:00:00.000Z' })
    const claim = JSON.parse(await readFile(run.file('process.json'), 'utf8'))
    await run.writeJson('process.json', { ...claim, host: 'elsewhere', pid: 1 })
    const outcome = async () => (await listRuns(out))[2]!.outcome
    assert.is(await outcome(), 'running')
    const longAgo = new Date(Date.now() - 2 * 3_600_000)
    await utimes(run.file('process.json'), longAgo, longAgo)
    assert.is(await outcome(), 'running', 'its log was written just now')
    await utimes(run.file('metrics.jsonl'), longAgo, longAgo)
    assert.is(await outcome(), 'killed')
  }))

test('two processes do not train one run', () =>
  inScratch({}, async (out) => {
    await three(out)
    const run = await openRun(join(out, '1-a'))
    await refuseIfTrained(run)
    await claimRun(run, { began: '2026-11-24T12:00:00.000Z' })
    assert.is(
      await refusal(() => refuseIfTrained(run)),
      `${run.path}: no process may be training the run, ` +
        `got "process ${process.pid} on ${hostname()}, since 2026-11-24T12:00:00.000Z"\n` +
        '  Stop it first; what it has done until then is kept.',
    )
    await releaseRun(run)
    await refuseIfTrained(run)
    for (const text of ['', '{}', 'null']) {
      await writeFile(run.file('process.json'), text)
      await refuseIfTrained(run)
    }
  }))

/** The number of a process that is gone. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

test('an index that is cut off, damaged or of another version is made again', () =>
  inScratch({}, async (out) => {
    await three(out)
    await listRuns(out)
    const index = join(out, 'index.jsonl')
    await appendFile(index, '{"run": "4-d", "exper')
    await writeRun(out, '4-d', configOf('d', 'adam'), summaryOf(0.7))
    assert.equal(names(await listRuns(out)), ['4-d', '3-c', '2-b', '1-a'])
    assert.equal(names(await listRuns(out)), ['4-d', '3-c', '2-b', '1-a'])
    for (const text of ['', 'hello\n{}', '{"ashlar":"runs","version":9}\n']) {
      await writeFile(index, text)
      assert.equal(names(await listRuns(out)), ['4-d', '3-c', '2-b', '1-a'])
      assert.match(await readFile(index, 'utf8'), /^\{"ashlar":"runs","version":2\}\n/)
    }
  }))

test('folders that are no runs are left out', () =>
  inScratch({ 'notes/todo.txt': 'x', latest: '1-a', '5-e/config.yaml': '{a: [' }, async (out) => {
    await three(out)
    assert.equal(names(await listRuns(out)), ['3-c', '2-b', '1-a'])
  }))

test('a folder that is not there', async () => {
  assert.match(
    await refusal(() => listRuns('/nowhere/at/all')),
    /^\/nowhere\/at\/all: must be a folder of runs\n {2}There is nothing at this path\. Train something first/,
  )
})

test('tags and notes', () =>
  inScratch({}, async (out) => {
    await three(out)
    await listRuns(out)
    const run = await openRun(join(out, '1-a'))
    assert.equal(await readNotes(run), { tags: [], note: '' })
    await changeNotes(run, { add: ['best', 'wide'], note: 'lucky' })
    assert.equal(await changeNotes(run, { add: ['best'], remove: ['wide'] }), {
      tags: ['best'],
      note: 'lucky',
    })
    await refreshRecord(out, '1-a')
    const { tags, note } = (await listRuns(out))[2]!
    assert.equal([tags, note], [['best'], 'lucky'])
    await writeFile(run.file('notes.json'), '{"tags": 3}')
    assert.match(
      await refusal(() => readNotes(run)),
      /notes\.json: must hold the tags and the note/,
    )
  }))

test.run()
