import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CompareAnswer, CurvesAnswer, RunsAnswer } from '../../src/data/answers.ts'
import type { RunView } from '../../src/data/run-view.ts'
import { until } from '../support/events.ts'
import { ask, json, makeRunFolder, tell, withUi } from '../support/runs.ts'
import { withTrainer } from '../support/trainer.ts'

const test = suite('what the page asks for')

const EVIL = '<img src=x onerror=alert(1)>"\'&'

const epoch = (step: number, values: object) => ({ kind: 'epoch', step, epoch: 0, ...values })

async function makeThree(folder: string): Promise<void> {
  const config = (rate: number) => `name: tiny\noptimizer:\n  learningRate: ${rate}\nseed: 1\n`
  await makeRunFolder(`${folder}/a`, { config: config(0.1), test: { accuracy: 0.9 } })
  await makeRunFolder(`${folder}/b`, { config: config(0.2), test: { accuracy: 0.5 } })
  await makeRunFolder(`${folder}/c`, {
    config: config(0.1),
    test: { accuracy: 0.7 },
    files: { 'notes.json': JSON.stringify({ tags: ['best'], note: EVIL }) },
  })
}

const inThree = (fn: Parameters<typeof withUi>[1], more = async (_: string) => {}) =>
  inScratch({}, async (folder) => {
    await makeThree(folder)
    await more(folder)
    await withUi(folder, fn)
  })

test('runs: conditions as on the command line, columns, order, and what is wrong in words', () =>
  inThree(async (ui) => {
    const runs = (query: string) => json<RunsAnswer>(ask(ui, `/api/runs?${query}`))
    const names = async (query: string) => (await runs(query)).rows.map(({ run }) => run)
    assert.equal(await names(''), ['c', 'b', 'a'])
    assert.equal(await names(`where=${encodeURIComponent('accuracy>0.6')}`), ['c', 'a'])
    assert.equal(await names(`where=${encodeURIComponent('accuracy>0.6')}&where=tag%3Dbest`), ['c'])
    assert.equal(await names('sort=accuracy'), ['a', 'c', 'b'])
    assert.equal(await names('sort=-accuracy'), ['b', 'c', 'a'])
    const { total, columns, known, rows } = await runs(
      'columns=accuracy,optimizer.learningRate&sort=accuracy',
    )
    assert.is(total, 3)
    assert.equal(columns, ['accuracy', 'optimizer.learningRate'])
    assert.equal(
      rows.map(({ values }) => values),
      [
        [0.9, 0.1],
        [0.7, 0.1],
        [0.5, 0.2],
      ],
    )
    // Those of the experiment that differ come before those that do not.
    assert.ok(known.indexOf('optimizer.learningRate') < known.indexOf('seed'))
    assert.is((await runs('')).rows[0]!.note, EVIL)
    for (const [query, text] of [
      ['where=accuracy', 'a condition must be a key'],
      ['where=acuracy%3E1', 'accuracy'],
      ['sort=nothing', 'nothing'],
      ['columns=nothing', 'nothing'],
      ['where=accuracy%3Ehigh', 'must be held against'],
    ]) {
      const answer = await ask(ui, `/api/runs?${query}`)
      assert.is(answer.status, 400, query)
      assert.match(((await answer.json()) as { error: string }).error, text!)
    }
  }))

test('runs beside each other: where experiments differ, and their figures', () =>
  inThree(async (ui) => {
    const { runs, differences, metrics } = await json<CompareAnswer>(
      ask(ui, '/api/compare?run=a&run=b'),
    )
    assert.equal(
      runs.map(({ run }) => run),
      ['a', 'b'],
    )
    assert.equal(differences, [
      { key: 'optimizer.learningRate', values: [0.1, 0.2], isSetting: true },
    ])
    assert.equal(metrics, [{ key: 'accuracy', values: [0.9, 0.5] }])
    const many = Array.from({ length: 101 }, () => 'run=a').join('&')
    for (const path of ['/api/compare?', '/api/curves?']) {
      for (const query of ['', many]) {
        const answer = await ask(ui, path + query)
        assert.is(answer.status, 404)
        assert.match(await answer.text(), 'there must be 1 to 100 runs')
      }
    }
  }))

test('runs beside each other: deviations over folds are no figures of their own', () =>
  inThree(
    async (ui) => {
      const { metrics } = await json<CompareAnswer>(ask(ui, '/api/compare?run=a&run=folds'))
      assert.equal(metrics, [{ key: 'accuracy', values: [0.9, 0.8] }])
      const { known } = await json<RunsAnswer>(ask(ui, '/api/runs'))
      assert.ok(known.includes('deviation.accuracy'), 'the run has one')
    },
    (folder) =>
      makeRunFolder(`${folder}/folds`, { test: { accuracy: 0.8 }, deviation: { accuracy: 0.05 } }),
  ))

/** Whatever is a path, or has no run in it. */
const WAYS_OUT = [
  ...['..', '.', '../secret', 'a/../../secret', '/etc', 'a/checkpoints', 'latest', '..\\secret'],
  ...['nothing', 'a\0', '%2e%2e', 'no-run', 'x'.repeat(300)],
]

test('a name leads to a run of the folder alone', () =>
  inScratch({}, async (outer) => {
    const folder = `${outer}/runs`
    await makeThree(folder)
    await makeRunFolder(`${outer}/secret`)
    await mkdir(`${folder}/no-run`)
    await symlink('a', `${folder}/latest`)
    await withUi(folder, async (ui) => {
      for (const way of WAYS_OUT) {
        const name = encodeURIComponent(way)
        for (const answer of [
          await ask(ui, `/api/runs/${name}`),
          await ask(ui, `/api/curves?run=${name}`),
          await ask(ui, `/api/compare?run=${name}`),
          await tell(ui, `/api/runs/${name}/notes`, { note: 'x' }),
          await tell(ui, `/api/runs/${name}/stop`, { run: way }),
        ]) {
          assert.ok([400, 404].includes(answer.status), `${way}: ${answer.status}`)
        }
      }
      await readFile(`${outer}/secret/notes.json`).then(
        () => assert.unreachable(),
        () => undefined,
      )
    })
  }))

test('tags and note: changed in the folder, seen in the table at once, refused where they make no sense', () =>
  inThree(async (ui) => {
    const changed = await json(
      tell(ui, '/api/runs/c/notes', { add: ['new'], remove: ['best'], note: 'n' }),
    )
    assert.equal(changed, { tags: ['new'], note: 'n' })
    const { rows } = await json<RunsAnswer>(ask(ui, '/api/runs?where=tag%3Dnew'))
    assert.equal(
      rows.map(({ run, note }) => [run, note]),
      [['c', 'n']],
    )
    for (const wrong of [{ add: [''] }, { add: 'x' }, { other: 1 }, [], { note: 1 }]) {
      assert.is((await tell(ui, '/api/runs/c/notes', wrong)).status, 400, JSON.stringify(wrong))
    }
  }))

test('curves: training and validation, the best epoch, and closer where one looks closely', () =>
  inScratch({}, async (folder) => {
    const log = Array.from({ length: 5000 }, (_, i) => ({
      kind: 'step',
      step: i + 1,
      loss: i === 2500 ? 9 : 1 / (i + 1),
    }))
    const losses = [3, 1, 2]
    await makeRunFolder(`${folder}/r`, {
      log: [
        ...log,
        ...losses.map((val_loss, i) =>
          epoch(5000 + i, { loss: 1, val_loss, learningRate: 0.1, seconds: 1 }),
        ),
      ],
    })
    await withUi(folder, async (ui) => {
      const curves = async (query: string) =>
        (await json<CurvesAnswer>(ask(ui, `/api/curves?run=r&${query}`))).curves[0]!
      const { series, best } = await curves('most=100')
      assert.equal(
        series.map(({ metric, part }) => `${metric} ${part}`),
        ['loss training', 'loss validation', 'learningRate training'],
      )
      const [training] = series
      assert.equal([training!.steps[0], training!.steps.at(-1)], [1, 5000])
      assert.ok(training!.steps.length <= 102)
      assert.ok(training!.values.includes(9), 'a peak is kept')
      assert.equal(best, { metric: 'val_loss', epoch: 2, step: 5001, value: 1 })
      const steps = series.flatMap((each) => each.steps)
      assert.equal([Math.min(...steps), Math.max(...steps)], [1, 5002])
      const close = await curves('most=100&from=2490&to=2510')
      assert.equal(
        close.series[0]!.steps,
        Array.from({ length: 23 }, (_, i) => 2489 + i),
      )
      assert.is((await ask(ui, '/api/curves?run=r&most=0')).status, 400)
      assert.is((await ask(ui, '/api/curves?run=r&from=x&to=1')).status, 400)
    })
  }))

test('the best epoch is that which the metric says, not that which its name looks like', () =>
  inScratch({}, async (folder) => {
    const values = [2, 1, 3]
    for (const [run, better] of [
      ['up', 'higher'],
      ['down', 'lower'],
    ] as const) {
      await makeRunFolder(`${folder}/${run}`, {
        config: 'name: tiny\ncallbacks:\n  best-weights:\n    monitor: val_stopGap\n',
        log: [
          { kind: 'metrics', better: { loss: 'lower', val_stopGap: better } },
          ...values.map((value, i) => epoch(i + 1, { loss: 1, val_stopGap: value })),
        ],
      })
    }
    await withUi(folder, async (ui) => {
      const bestOf = async (run: string) =>
        (await json<CurvesAnswer>(ask(ui, `/api/curves?run=${run}`))).curves[0]!.best?.epoch
      assert.equal([await bestOf('up'), await bestOf('down')], [3, 2])
    })
  }))

test('the page of a run: its figures, pictures of its data, and text as it is', () =>
  inScratch({}, async (folder) => {
    const pixels = Buffer.from([0, 255]).toString('base64')
    await makeRunFolder(`${folder}/r`, {
      config: `name: "${EVIL.replaceAll('"', '\\"')}"\n`,
      test: { accuracy: 0.25 },
      files: {
        'samples.json': JSON.stringify({
          ...{ version: 1, shape: [1, 2, 1], classes: [EVIL, 'b'] },
          balance: [{ name: 'training', counts: [1, 2] }],
          augmented: [{ label: EVIL, pixels }],
          mistakes: [{ index: 3, label: 'b', prediction: EVIL, confidence: 0.9, pixels }],
        }),
      },
    })
    await makeRunFolder(`${folder}/damaged`, {
      files: {
        'samples.json': '{"version":1,"shape":[1,1,1]',
        'notes.json': '[',
        'summary.json': '{',
      },
    })
    await withUi(folder, async (ui) => {
      const view = await json<RunView>(ask(ui, '/api/runs/r'))
      assert.is(view.title, EVIL)
      assert.equal(
        view.figures.find(({ name }) => name === 'test accuracy'),
        { name: 'test accuracy', value: 0.25 },
      )
      assert.match(view.mistakes![0]!.picture!.source, /^data:image\/png;base64,/)
      assert.is(view.augmented![0]!.label, EVIL)
      assert.equal(view.balance!.splits[0]!.counts, [1, 2])
      const damaged = await json<RunView>(ask(ui, '/api/runs/damaged'))
      assert.equal([damaged.outcome, damaged.mistakes], ['killed', undefined])
    })
  }))

test('news: the machine, runs that come and go, notes, and logs that grow', () =>
  inThree(async (ui) => {
    const { folder } = await json<RunsAnswer>(ask(ui, '/api/runs'))
    const { load } = await until(ui, () => true)
    assert.ok(load.cores > 0 && load.cpu >= 0 && load.cpu <= 1)
    assert.ok(load.memory.used > 0 && load.memory.used < load.memory.total)
    const running = { pid: process.pid, host: hostname(), began: '2026-11-01' }
    const files = { 'process.json': JSON.stringify(running) }
    const begun = await until(
      ui,
      ({ listed }) => listed.includes('d'),
      () => makeRunFolder(`${folder}/d`, { files }),
    )
    assert.equal(begun.listed, ['d'])
    await until(
      ui,
      ({ grown }) => grown.includes('d'),
      () => appendFile(`${folder}/d/metrics.jsonl`, '{"kind":"step","step":1,"loss":2}\n'),
    )
    await until(
      ui,
      ({ listed }) => listed.includes('a'),
      async () => {
        await tell(ui, '/api/runs/a/notes', { note: 'x' })
      },
    )
    await until(
      ui,
      ({ listed }) => listed.includes('d'),
      () => rm(`${folder}/d`, { recursive: true }),
    )
    if (process.platform === 'linux') {
      await makeRunFolder(`${folder}/e`, { files })
      const { load } = await until(ui, ({ load }) => load.runs.e?.memory !== undefined)
      assert.ok(load.runs.e!.memory! > 1e6)
    }
  }))

test('stop: only after it is confirmed, only the process that trains, and never one that a file made up', async () => {
  if (process.platform !== 'linux') return
  await withTrainer(async (child, own, ended) => {
    const [boot] = own.started.split(' ')
    await inThree(async (ui) => {
      const { folder } = await json<RunsAnswer>(ask(ui, '/api/runs'))
      const claim = (of: object) => writeFile(`${folder}/a/process.json`, JSON.stringify(of))
      const stop = (body: object = { run: 'a' }) => tell(ui, '/api/runs/a/stop', body)
      for (const made of [
        { ...own, started: undefined },
        { ...own, started: `${boot} 1` },
        { ...own, host: 'elsewhere' },
        { ...own, pid: -1 },
        { ...own, pid: 0, started: undefined },
        { ...own, pid: 1, started: undefined },
        { ...own, pid: -child.pid!, started: undefined },
      ]) {
        await claim(made)
        assert.is((await stop()).status, 404, JSON.stringify(made))
      }
      await claim(own)
      for (const body of [{}, { run: 'b' }, { run: '' }]) {
        assert.ok([400, 404].includes((await stop(body)).status), JSON.stringify(body))
      }
      assert.is(child.exitCode ?? child.signalCode, null)
      assert.equal(await json(stop()), { pid: child.pid })
      assert.is(await ended, 'SIGTERM')
      assert.is((await stop()).status, 404)
    })
  })
})

test.run()
