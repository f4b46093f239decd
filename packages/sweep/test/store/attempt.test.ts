import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRun } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { performTask, type TaskResult } from '../../src/index.ts'
import { parseSpace } from '../../src/space/parse.ts'
import { beginAttempt, noteCrash } from '../../src/store/attempt.ts'
import { readTrials, TrialLog } from '../../src/store/trial-log.ts'
import { givenBack, taskResultSchema } from '../../src/trials/task.ts'
import { registry } from '../support/plugins.ts'
import { inScratch, makeTiny } from '../support/sweep.ts'
import { taskOf } from '../support/task.ts'

const test = suite('work on a trial')

/** What a result says, but for how long it took. */
const plain = ({ seconds: _, ...rest }: TaskResult) => rest

test('two that work on the same trial at the same time do no harm: one place, one result', () =>
  inScratch(async (folder) => {
    await writeFile(join(folder, 'sweep.json'), '{}')
    const task = await taskOf(['callbacks.trouble={wait: 40}'])
    const options = { registry: registry(), folder }
    const both = await Promise.all([performTask(task, options), performTask(task, options)])
    assert.equal(plain(both[0]), plain(both[1]))
    assert.is(both[0].status, 'reached')
    assert.equal(
      (await readdir(folder)).filter((each) => each === task.id),
      [task.id],
    )
    assert.equal(await readdir(join(folder, '.work')), [])
    // The third to ask trains nothing.
    const note = join(folder, 'note.txt')
    const third = await performTask(task, { ...options, onEpoch: () => void writeFile(note, 'x') })
    assert.equal(plain(third), plain(both[0]))
    assert.not((await readdir(folder)).includes('note.txt'))
  }))

test('a result that is told twice counts once', () =>
  inScratch(async (out) => {
    let ended = 0
    const asked = { trials: 3, launcher: { name: 'inline', twice: true } }
    const { trials, folder } = await makeTiny(out, asked, {
      changed: ({ kind }) => kind === 'result' && ended++,
    })
    assert.is(trials.length, 3)
    assert.is(ended, 3)
    const lines = (await readFile(folder.file('trials.jsonl'), 'utf8')).split('\n')
    assert.is(lines.filter((line) => line.includes('"result"')).length, 3)
  }))

test('a machine whose disk is full gives the trial back, and it counts for nothing', () =>
  inScratch(async (folder) => {
    await writeFile(join(folder, 'sweep.json'), '{}')
    const task = await taskOf(['callbacks.trouble.what=full'], { attempts: 1 })
    const given = await performTask(task, { registry: registry(), folder })
    assert.equal([given.status, given.error?.kind], ['given-back', 'machine'])
    // Another one, or this one with room, may do it still: it was no attempt.
    assert.not((await readdir(folder)).includes(task.id))
    const again = await performTask(task, { registry: registry(), folder })
    assert.is(again.error?.kind, 'machine', 'it is not given up')
  }))

test('an id that names a folder elsewhere is none: nothing there is touched', () =>
  inScratch(async (outer) => {
    const folder = join(outer, 'sweep')
    for (const id of [
      '../x',
      '../../../x',
      '.',
      '',
      '/tmp',
      '0123456789abcdeF',
      '0123456789abcdef/..',
    ]) {
      const trial = { kind: 'trial', id, index: 0, params: {}, epochs: 1 }
      const result = givenBack({ id, until: 1 })
      await makeRun(folder)
      const log = join(folder, 'trials.jsonl')
      const lines = [trial, { kind: 'result', result }]
      await writeFile(log, lines.map((each) => JSON.stringify(each)).join('\n'))
      assert.is((await readTrials(log, 'val_loss', [])).size, 0, id)
      assert.not.ok(taskResultSchema.safeParse(result).success, id)
      const task = await taskOf([], { id })
      for (const work of [() => beginAttempt(folder, task), () => noteCrash(folder, id, 'x')]) {
        const error = await work().then(
          () => undefined,
          (refused: Error) => refused,
        )
        assert.match(error?.message ?? '', /trial: its id must be 16 hexadecimal digits/)
      }
    }
    assert.equal(await readdir(outer), ['sweep'])
    assert.equal(await readdir(folder), ['trials.jsonl'])
  }))

test('a log with other values than the sweep varies is refused: they would be overrides', () =>
  inScratch(async (folder) => {
    const log = join(folder, 'trials.jsonl')
    const { parameters } = parseSpace([
      'seed=0..3',
      'model.name=mlp,tcn',
      'optimizer.learningRate=1e-3..1e-1:log',
    ])
    const good = { seed: 1, 'model.name': 'mlp', 'optimizer.learningRate': 0.01 }
    const write = (params: object) =>
      writeFile(
        log,
        JSON.stringify({ kind: 'trial', id: '0123456789abcdef', index: 0, params, epochs: 1 }),
      )
    await write(good)
    assert.is((await readTrials(log, 'val_loss', parameters)).size, 1)
    const { seed: _, ...less } = good
    for (const params of [
      { ...good, plugins: ['/x/evil.mjs'] },
      { ...less, plugins: ['/x/evil.mjs'] },
      { ...good, seed: 4 },
      { ...good, 'model.name': 'evil' },
      { ...good, 'model.name': { name: 'mlp' } },
      { ...good, 'optimizer.learningRate': '0.01' },
      less,
      {},
    ]) {
      await write(params)
      const error = await readTrials(log, 'val_loss', parameters).then(
        () => undefined,
        (refused: Error) => refused,
      )
      assert.match(error?.message ?? '', /must have values that the sweep varies, and no others/)
    }
  }))

test('a link in the folder of a trial is neither copied nor written through', () =>
  inScratch(async (outer) => {
    const folder = join(outer, 'sweep')
    const task = await taskOf([])
    const { path } = await makeRun(join(folder, task.id))
    const mine = join(outer, 'mine.txt')
    await writeFile(mine, 'mine')
    for (const make of [
      () => symlink(mine, join(path, 'metrics.jsonl')),
      () => symlink(join(outer, 'made.txt'), join(path, 'metrics.jsonl')),
      () => symlink(outer, join(path, 'checkpoints')),
    ]) {
      await make()
      await beginAttempt(folder, task).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, /must hold plain files and folders/),
      )
      for (const name of await readdir(path)) await rm(join(path, name))
    }
    const log = join(folder, 'trials.jsonl')
    await symlink(mine, log)
    await TrialLog.open(log).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /must be writable, a plain file/),
    )
    assert.is(await readFile(mine, 'utf8'), 'mine')
    assert.equal((await readdir(outer)).sort(), ['mine.txt', 'sweep'])
  }))

test.run()
