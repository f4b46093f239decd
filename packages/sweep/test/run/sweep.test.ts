import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadExperiment } from '@ashlar/experiment'
import { listRuns, openRun, readCurves } from '@ashlar/experiment/runs'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { openSweep } from '../../src/index.ts'
import { registry } from '../support/plugins.ts'
import { inScratch, makeTiny, planTiny, tinySweep } from '../support/sweep.ts'

const { test, slow } = tieredSuite('runSweep')

test('makes every trial a run, and the best an experiment', () =>
  inScratch(async (out) => {
    const { trials, best, folder } = await makeTiny(out, {})
    assert.is(trials.length, 4)
    for (const { id, status, params, metrics } of trials) {
      assert.match(id, /^[0-9a-f]{16}$/)
      assert.is(status, 'completed')
      assert.equal(Object.keys(params), ['optimizer.learningRate'])
      for (const name of ['loss', 'val_loss', 'test_loss', 'val_accuracy'])
        assert.type(metrics[name], 'number')
    }
    const lowest = Math.min(...trials.map(({ metrics }) => metrics.val_loss!))
    assert.is(best!.metrics.val_loss, lowest)
    assert.equal(JSON.parse(await readFile(folder.file('results.json'), 'utf8')), { trials, best })
    // As runs, in their own list and in that of all.
    const own = await listRuns(folder.path)
    assert.equal(own.map(({ run }) => run).sort(), trials.map(({ id }) => id).sort())
    const all = await listRuns(out)
    assert.equal(
      all.map(({ run }) => run).sort(),
      trials.map(({ id }) => `${folder.name}/${id}`).sort(),
    )
    assert.ok(all.every(({ outcome }) => outcome === 'finished'))
    const curves = await readCurves(await openRun(folder.file(best!.id)), 'epoch')
    assert.is(curves.val_loss!.at(-1)!.value, lowest)
    // The best one, as a file.
    const { experiment } = await loadExperiment(folder.file('best.yaml'), { registry: registry() })
    assert.is(experiment.optimizer.learningRate, best!.params['optimizer.learningRate'])
    assert.not((await readdir(folder.path)).includes('.work'))
  }))

slow('never makes a finished trial again, and the same table whoever makes it', () =>
  inScratch(async (out) => {
    const note = join(out, 'epochs.txt')
    const asked = {
      args: ['optimizer.learningRate=1e-3,1e-2,1e-1', `callbacks.trouble={note: ${note}}`],
      trials: 3,
    }
    const whole = await makeTiny(join(out, 'a'), asked)
    const epochs = async () => (await readFile(note, 'utf8')).trim().split('\n').length
    assert.is(await epochs(), 9)
    const again = await makeTiny(out, asked, { folder: whole.folder })
    assert.is(await epochs(), 9)
    assert.equal([again.trials, again.best], [whole.trials, whole.best])
    // The log lost its last results: what stands in the folders is found again.
    const path = whole.folder.file('trials.jsonl')
    const lines = (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"trial"'))
    await writeFile(path, `${lines.join('\n')}\n{"kind":"result","res`)
    const found = await makeTiny(out, asked, { folder: whole.folder })
    assert.is(await epochs(), 9)
    assert.equal([found.trials, found.best], [whole.trials, whole.best])
    // One worker instead of two, and a trial that is gone is made again, to the same numbers.
    await rm(whole.folder.file(whole.trials[1]!.id), { recursive: true })
    await writeFile(path, `${lines.join('\n')}\n`)
    const other = await makeTiny(
      out,
      { ...asked, launcher: { name: 'inline', backwards: true } },
      { folder: whole.folder },
    )
    assert.is(await epochs(), 12)
    assert.equal([other.trials, other.best], [whole.trials, whole.best])
  }),
)

slow('asha goes on from checkpoints, to the numbers of a training that never paused', () =>
  inScratch(async (out) => {
    const note = join(out, 'epochs.txt')
    const args = [
      'optimizer.learningRate=1e-4..1e-1:log',
      'epochs=9',
      `callbacks.trouble={note: ${note}}`,
    ]
    const asha = await makeTiny(out, { args, trials: 9, scheduler: 'asha' })
    const epochs = (await readFile(note, 'utf8')).trim().split('\n').length
    const status = (wanted: string) => asha.trials.filter((each) => each.status === wanted).length
    assert.ok(status('completed') >= 1 && status('completed') <= 3)
    assert.is(status('completed') + status('pruned'), 9)
    assert.ok(epochs < 50, `${epochs} epochs of 81`)
    // Nobody trained an epoch twice.
    const rows = (await readFile(asha.folder.file('trials.jsonl'), 'utf8'))
      .split('\n')
      .filter((each) => each.includes('"result"'))
      .map((each) => JSON.parse(each).result)
    const most = new Map<string, number>()
    for (const { id, epochs: had } of rows) most.set(id, Math.max(most.get(id) ?? 0, had))
    assert.is(
      [...most.values()].reduce((sum, each) => sum + each, 0),
      epochs,
    )
    const { best } = asha
    const straight = await makeTiny(join(out, 'straight'), {
      args: [`optimizer.learningRate=${best!.params['optimizer.learningRate']}`, ...args.slice(1)],
      trials: 1,
    })
    assert.equal(straight.trials[0]!.metrics, best!.metrics)
    assert.is(straight.trials[0]!.id, best!.id)
  }),
)

test('poisoned configurations and trials that always crash fail, each with its error, and nobody else does', () =>
  inScratch(async (out) => {
    const { trials, best } = await makeTiny(out, {
      args: ['callbacks.trouble.what=nothing,throw,stop', 'model.units=4,-1', 'epochs=3'],
      suggester: 'grid',
      trials: 6,
    })
    const of = (what: string, units: number) =>
      trials.find(
        ({ params }) =>
          params['callbacks.trouble.what'] === what && params['model.units'] === units,
      )!
    assert.is(of('nothing', 4).status, 'completed')
    assert.is(of('stop', 4).status, 'completed')
    for (const what of ['nothing', 'throw', 'stop']) {
      assert.is(of(what, -1).status, 'failed')
      assert.match(of(what, -1).error!, /units/)
    }
    assert.is(of('throw', 4).status, 'failed')
    assert.match(of('throw', 4).error!, /given up after 3 attempts: thrown on purpose/)
    assert.is(best!.params['callbacks.trouble.what'] !== 'throw', true)
  }))

test('what every trial would refuse ends the sweep', () =>
  inScratch(async (out) => {
    const refused = async (asked: object): Promise<string> =>
      makeTiny(out, asked).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      )
    assert.match(await refused({ metric: 'val_acuracy' }), /must be one of loss, .*val_accuracy/)
    assert.match(await refused({ args: ['optimzer.learningRate=1e-3,1e-2'] }), /optimzer/)
    assert.match(await refused({ args: ['fold={count: 3}', 'seed=0..2'] }), /fold.index=0..4/)
    assert.match(
      await refused({ constraints: ['optimizer.learningRate > 1'], trials: 2 }),
      /at least one point must fulfil/,
    )
    assert.match(
      await refused({ metric: 'test_loss', scheduler: 'asha', args: ['seed=0..9', 'epochs=9'] }),
      /before anything is tested/,
    )
    assert.match(await refused({ trials: undefined }), /something must end it/)
  }))

slow(
  'stops on a plateau, at the end of the space, and when it is told, and goes on from there',
  () =>
    inScratch(async (out) => {
      const flat = await makeTiny(join(out, 'flat'), {
        args: ['seed=0..99', 'optimizer.learningRate=1e-9', 'epochs=1', 'model.units=1'],
        metric: 'val_accuracy',
        patience: 3,
        trials: 100,
        parallel: 1,
      })
      assert.ok(flat.trials.length < 60, `${flat.trials.length} trials`)
      assert.match(flat.reason!, /last 3 results were no better/)
      const small = await makeTiny(join(out, 'small'), {
        args: ['model.units=3,4', 'epochs=1'],
        trials: 50,
      })
      assert.is(small.trials.length, 2)

      const stop = new AbortController()
      const asked = {
        args: [
          'optimizer.learningRate=1e-3,1e-2,1e-1',
          'epochs=6',
          'callbacks.trouble={wait: 150}',
        ],
        trials: 3,
        suggester: 'grid',
      }
      const cut = await makeTiny(join(out, 'cut'), asked, {
        signal: stop.signal,
        changed: ({ kind }) => kind === 'epoch' && stop.abort(),
      })
      assert.ok(cut.isInterrupted)
      assert.ok(cut.trials.some(({ status }) => status === 'pruned'))
      const resumed = await makeTiny(out, asked, { folder: cut.folder })
      const whole = await makeTiny(join(out, 'whole'), asked)
      assert.equal([resumed.trials, resumed.best], [whole.trials, whole.best])

      const timed = await makeTiny(join(out, 'timed'), { ...asked, minutes: 1 / 6000 })
      assert.match(timed.reason!, /budget of .* minutes is spent/)
    }),
)

test('only the folder of a sweep goes on, and none is made where there is none', () =>
  inScratch(async (out) => {
    await mkdir(join(out, 'odd', 'sweep.json'), { recursive: true })
    for (const name of ['typo', 'a/b/typo', '.', 'odd']) {
      await openSweep(join(out, name)).then(
        () => assert.unreachable(name),
        (error: Error) => assert.match(error.message, /must be the folder of a sweep/),
      )
    }
    assert.equal(await readdir(out), ['odd'])
    const { folder } = await makeTiny(out, { trials: 1, args: ['epochs=1'] })
    assert.is((await openSweep(folder.path)).path, folder.path)
  }))

test('a sweep that somebody works on is left alone', () =>
  inScratch(async (out) => {
    const planned = await planTiny(tinySweep({ trials: 1 }))
    const { createSweep } = await import('../../src/index.ts')
    const folder = await createSweep(out, planned)
    await folder.writeJson('process.json', {
      pid: 1,
      host: 'another-machine',
      began: new Date().toISOString(),
    })
    const half = 'results.json.77-0a1b2c3d.tmp'
    await writeFile(folder.file(half), '{"tri')
    let message = ''
    await makeTiny(out, { trials: 1 }, { folder }).catch((error: Error) => {
      message = error.message
    })
    assert.match(message, /process 1 on another-machine/)
    assert.ok((await readdir(folder.path)).includes(half), 'it may be written just now')
    // That process is gone, and so is what it left half-written.
    await rm(folder.file('process.json'))
    await makeTiny(out, { trials: 1 }, { folder })
    assert.not((await readdir(folder.path)).includes(half))
  }))

test.run()
