import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeNotes, listRuns, openRun, readNotes, refreshRecord } from '../../src/runs/index.ts'
import { refusal } from '../support/refusal.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('listRuns')

const names = (runs: readonly { run: string }[]) => runs.map(({ run }) => run)

/** Three runs: of two optimizers, and one that was killed. */
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
    assert.equal(
      [first[0]!.outcome, first[1]!.commit, first[1]!.dirty],
      ['unfinished', 'abc', true],
    )
    const again = await listRuns(out)
    assert.equal(JSON.stringify(again), JSON.stringify(first))
    // The folders are not read again: without its files a run is known all the same.
    await writeFile(join(out, '1-a', 'summary.json'), 'damaged')
    assert.is((await listRuns(out))[2]!.outcome, 'finished')
    assert.is((await listRuns(out, { rebuild: true }))[2]!.outcome, 'unfinished')
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
      assert.match(await readFile(index, 'utf8'), /^\{"ashlar":"runs","version":1\}\n/)
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
    /^\/nowhere\/at\/all: must be a folder of runs, got ".*"\n {2}Train something first/,
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
