import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { listRuns } from '@ashlar/experiment/runs'
import { inScratch } from '@ashlar/test-support'
import type { Ui } from '@ashlar/ui/server'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CompareAnswer, CurvesAnswer, RunsAnswer } from '../../src/data/answers.ts'
import type { RunView } from '../../src/data/run-view.ts'
import { until } from '../support/events.ts'
import { ask, json, makeRunFolder, tell, withUi } from '../support/runs.ts'
import { withTrainer } from '../support/trainer.ts'

const test = suite('trials of a sweep, as the page asks for them')

const TRIAL = 'sweep/trial'

/** A run, and a sweep with one trial. */
async function makeSweep(folder: string): Promise<void> {
  await makeRunFolder(`${folder}/a`, {
    config: 'name: tiny\noptimizer:\n  learningRate: 0.1\nseed: 1\n',
    test: { accuracy: 0.9 },
  })
  await mkdir(`${folder}/sweep`)
  await writeFile(`${folder}/sweep/sweep.json`, '{}')
  await makeRunFolder(`${folder}/${TRIAL}`, {
    config: 'name: tiny\noptimizer:\n  learningRate: 0.3\nseed: 1\n',
    log: [
      { kind: 'epoch', step: 1, epoch: 0, loss: 2 },
      { kind: 'epoch', step: 2, epoch: 1, loss: 1 },
    ],
    test: { accuracy: 0.6 },
  })
}

const inSweep = (fn: (ui: Ui) => Promise<void>) =>
  inScratch({}, async (folder) => {
    await makeSweep(folder)
    await withUi(folder, fn)
  })

test('a trial is found in its sweep', () =>
  inSweep(async (ui) => {
    const listed = await json<RunsAnswer>(ask(ui, '/api/runs'))
    assert.ok(listed.rows.some(({ run }) => run === TRIAL))
    const view = await json<RunView>(ask(ui, `/api/runs/${encodeURIComponent(TRIAL)}`))
    assert.is(view.name, TRIAL)
    for (const other of ['sweep/..', 'sweep/trial/checkpoints', 'sweep/', '../sweep/trial']) {
      assert.is((await ask(ui, `/api/runs/${encodeURIComponent(other)}`)).status, 404, other)
    }
  }))

test('a trial has one name everywhere: in curves and beside other runs', () =>
  inSweep(async (ui) => {
    const query = `run=a&run=${encodeURIComponent(TRIAL)}`
    const { runs, differences, metrics } = await json<CompareAnswer>(
      ask(ui, `/api/compare?${query}`),
    )
    assert.equal(
      runs.map(({ run }) => run),
      ['a', TRIAL],
    )
    assert.equal(differences, [
      { key: 'optimizer.learningRate', values: [0.1, 0.3], isSetting: true },
    ])
    assert.equal(metrics, [{ key: 'accuracy', values: [0.9, 0.6] }])
    const { curves } = await json<CurvesAnswer>(ask(ui, `/api/curves?${query}`))
    assert.equal(
      curves.map(({ run, series }) => [run, series.length]),
      [
        ['a', 0],
        [TRIAL, 1],
      ],
    )
  }))

test("a trial's notes are changed by its name, and seen in the list of all runs and in that of its sweep", () =>
  inSweep(async (ui) => {
    const { folder } = await json<RunsAnswer>(ask(ui, '/api/runs'))
    await listRuns(`${folder}/sweep`)
    const view = await json<RunView>(ask(ui, `/api/runs/${encodeURIComponent(TRIAL)}`))
    const path = `/api/runs/${encodeURIComponent(view.name)}/notes`
    assert.equal(await json(tell(ui, path, { add: ['wide'] })), { tags: ['wide'], note: '' })
    const { rows } = await json<RunsAnswer>(ask(ui, '/api/runs?where=tag%3Dwide'))
    assert.equal(
      rows.map(({ run }) => run),
      [TRIAL],
    )
    const [trial] = await listRuns(`${folder}/sweep`)
    assert.equal([trial!.run, trial!.tags], ['trial', ['wide']])
  }))

test('news of trials: they come, grow and go by the names that the list has', () =>
  inSweep(async (ui) => {
    const { folder } = await json<RunsAnswer>(ask(ui, '/api/runs'))
    const running = { pid: process.pid, host: hostname(), began: '2026-11-01' }
    const files = { 'process.json': JSON.stringify(running) }
    const begun = await until(
      ui,
      ({ listed }) => listed.length > 0,
      () => makeRunFolder(`${folder}/sweep/next`, { files }),
    )
    assert.equal(begun.listed, ['sweep/next'])
    const grown = await until(
      ui,
      ({ grown }) => grown.length > 0,
      () => appendFile(`${folder}/sweep/next/metrics.jsonl`, '{"kind":"step","step":1}\n'),
    )
    assert.equal(grown.grown, ['sweep/next'])
    if (process.platform === 'linux') {
      const { load } = await until(ui, ({ load }) => load.runs['sweep/next']?.memory !== undefined)
      assert.ok(load.runs['sweep/next']!.memory! > 1e6)
    }
    const noted = await until(
      ui,
      ({ listed }) => listed.length > 0,
      async () => {
        await tell(ui, `/api/runs/${encodeURIComponent(TRIAL)}/notes`, { note: 'x' })
      },
    )
    assert.equal(noted.listed, [TRIAL])
    const gone = await until(
      ui,
      ({ listed }) => listed.length > 0,
      () => rm(`${folder}/sweep/next`, { recursive: true }),
    )
    assert.equal(gone.listed, ['sweep/next'])
  }))

test('a trial is stopped by the name that the list has, and by no other', async () => {
  if (process.platform !== 'linux') return
  await withTrainer((child, own, ended) =>
    inSweep(async (ui) => {
      const { folder } = await json<RunsAnswer>(ask(ui, '/api/runs'))
      await writeFile(`${folder}/${TRIAL}/process.json`, JSON.stringify(own))
      const stop = (run: string) => tell(ui, `/api/runs/${encodeURIComponent(TRIAL)}/stop`, { run })
      for (const other of ['trial', 'sweep', 'sweep/other', 'a']) {
        const answer = await stop(other)
        assert.is(answer.status, 404, other)
        assert.match(await answer.text(), 'must be confirmed by its name, sweep/trial')
      }
      assert.is(child.exitCode ?? child.signalCode, null)
      assert.equal(await json(stop(TRIAL)), { pid: child.pid })
      assert.is(await ended, 'SIGTERM')
    }),
  )
})

test.run()
