import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampled } from '@ashlar/test-support'
import { Job } from 'bullmq'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bullmqLauncher } from '../../src/index.ts'
import { unitOf } from '../../src/suggest/random.ts'
import { makeTiny } from '../support/sweep.ts'
import { launcher, withRedis } from '../support/with-redis.ts'

const test = suite('workers on a queue in Redis')
const some = sampled(2, test)

/** Trials that take a while, each epoch with a checkpoint. */
const SLOW = {
  args: [
    'optimizer.learningRate=1e-3,3e-3,1e-2,3e-2,1e-1',
    'model.units=3,4',
    'epochs=5',
    'callbacks.trouble={wait: 80}',
  ],
  suggester: 'grid',
  trials: 10,
  attempts: 50,
} as const

some(
  'two workers make the table that one process makes',
  withRedis(async (setting) => {
    const { out, worker } = setting
    worker()
    worker()
    const queued = await makeTiny(out, { ...SLOW, launcher: launcher(setting) })
    const inline = await makeTiny(join(out, 'inline'), SLOW)
    assert.equal([queued.trials, queued.best], [inline.trials, inline.best])
    assert.is(queued.trials.filter(({ status }) => status === 'completed').length, 10)
  }),
)

some(
  'a job that ends while it is looked at has its answer',
  withRedis(async (setting) => {
    const { out, worker } = setting
    const { getState } = Job.prototype
    // As it may happen: a job is read while it is under way, and its state when it has ended.
    Job.prototype.getState = async function () {
      let state = await getState.call(this)
      while (state === 'active') {
        await sleep(20)
        state = await getState.call(this)
      }
      return state
    }
    try {
      const asked = {
        ...SLOW,
        ...{ args: ['optimizer.learningRate=1e-2,3e-2', 'epochs=3'], trials: 2, attempts: 1 },
      }
      worker()
      const queued = await makeTiny(out, { ...asked, launcher: launcher(setting) })
      const inline = await makeTiny(join(out, 'inline'), asked)
      assert.equal([queued.trials, queued.best], [inline.trials, inline.best])
    } finally {
      Job.prototype.getState = getState
    }
  }),
)

some(
  'workers that are killed at random and a Redis that comes and goes change nothing',
  withRedis(async (setting) => {
    const { out, redis, worker } = setting
    const workers = [worker(), worker(), worker()]
    let isOver = false
    const havoc = (async () => {
      for (let round = 0; !isOver; round++) {
        await sleep(400 + 800 * unitOf('wait', round))
        if (isOver) return
        if (round % 4 === 3) {
          await redis.stop(round % 8 === 3 ? 'SIGKILL' : 'SIGTERM')
          await sleep(1500)
          await redis.start()
          continue
        }
        const index = Math.floor(unitOf('who', round) * workers.length)
        await workers[index]!.kill()
        workers[index] = worker()
        // One that never gets anything done would be no test.
        while (!isOver && !/begins/.test(workers[index]!.text())) await sleep(50)
      }
    })()
    const queued = await makeTiny(out, { ...SLOW, launcher: launcher(setting) })
    isOver = true
    await havoc
    const inline = await makeTiny(join(out, 'inline'), SLOW)
    assert.equal([queued.trials, queued.best], [inline.trials, inline.best])
    const lines = (await readFile(queued.folder.file('trials.jsonl'), 'utf8')).split('\n')
    assert.is(lines.filter((line) => line.includes('"result"')).length, 10, 'each counts once')
  }),
)

some(
  'a worker that hangs past its lease loses the trial to another, and does no harm when it wakes',
  withRedis(async (setting) => {
    const { out, worker } = setting
    const asked = {
      ...SLOW,
      args: ['optimizer.learningRate=1e-2,3e-2', 'epochs=8', 'callbacks.trouble={wait: 200}'],
      trials: 2,
    }
    const first = worker()
    const making = makeTiny(out, { ...asked, launcher: launcher(setting) })
    await first.seen(/begins/)
    await sleep(500)
    first.child.kill('SIGSTOP')
    const second = worker()
    await second.seen(/reached/)
    first.child.kill('SIGCONT')
    const queued = await making
    await sleep(1000)
    const inline = await makeTiny(join(out, 'inline'), asked)
    assert.equal([queued.trials, queued.best], [inline.trials, inline.best])
  }),
)

some(
  'a worker that is asked to stop gives back what is under way, and it goes on from its checkpoint',
  withRedis(async (setting) => {
    const { out, worker } = setting
    const note = join(out, 'epochs.txt')
    const args = [
      'optimizer.learningRate=1e-2',
      'epochs=8',
      `callbacks.trouble={wait: 200, note: ${note}}`,
    ]
    const first = worker({ lease: 60 })
    const making = makeTiny(out, { args, trials: 1, attempts: 1, launcher: launcher(setting) })
    await first.seen(/begins/)
    while ((await readFile(note, 'utf8').catch(() => '')).split('\n').length < 4) await sleep(50)
    first.child.kill('SIGTERM')
    assert.is(await first.ended, 0)
    assert.match(first.text(), /given back/)
    worker()
    const { trials } = await making
    assert.is(trials[0]!.status, 'completed')
    const epochs = (await readFile(note, 'utf8')).trim().split('\n').length
    assert.ok(epochs <= 9, `${epochs} epochs for 8: nothing but the one that was cut is made twice`)
  }),
)

some(
  'a trial that always crashes is given up with its error, and one that cannot be is none of its business',
  withRedis(async (setting) => {
    const { out, worker } = setting
    worker()
    const { trials } = await makeTiny(out, {
      args: ['callbacks.trouble.what=nothing,exit,throw', 'model.units=4,-1'],
      ...{ suggester: 'grid', trials: 6, attempts: 2, launcher: launcher(setting) },
    })
    const of = (what: string) =>
      trials.find(
        ({ params }) => params['callbacks.trouble.what'] === what && params['model.units'] === 4,
      )!
    assert.is(of('nothing').status, 'completed')
    assert.match(of('exit').error!, /given up: begun 2 times.*exit code 7.*going down/)
    assert.match(of('throw').error!, /given up after 2 attempts: thrown on purpose/)
    assert.is(trials.filter(({ error }) => /units/.test(error ?? '')).length, 3)
  }),
)

some(
  'a worker that lacks the data, a plugin or the folder says so and leaves the trial to others',
  withRedis(async (setting) => {
    const { out, worker } = setting
    const poor = worker({ name: 'poor' }, { ASHLAR_TEST_DATA: 'other' })
    await worker({ name: 'astray', runs: join(out, 'nowhere') }).seen(/ready/)
    await poor.seen(/ready/)
    const notices: string[] = []
    const making = makeTiny(
      out,
      { args: ['optimizer.learningRate=1e-3,1e-2'], trials: 2, launcher: launcher(setting) },
      { notice: (text) => notices.push(text) },
    )
    while (notices.filter((text) => /poor|astray/.test(text)).length < 2) await sleep(100)
    assert.match(
      notices.join('\n'),
      /worker poor: the data of clouds is other data here: sha256:oneother-48, and not sha256:one-48/,
    )
    assert.match(notices.join('\n'), /worker astray: the sweep's folder .* is not here; share it/)
    worker({ name: 'rich' })
    const { trials } = await making
    assert.ok(trials.every(({ status }) => status === 'completed'))
  }),
)

test('says what is wrong with a queue', async () => {
  const context = {
    sweep: 'x',
    folder: '/',
    module: '',
    command: [],
    threads: undefined,
    notice: () => undefined,
  }
  const refused = (queue: string) =>
    bullmqLauncher({ queue })
      .open(context)
      .then(
        () => '',
        (error: Error) => error.message,
      )
  assert.match(await refused('http://x'), /must be the address of a Redis: redis:\/\/host:6379/)
  const message = await refused('redis://me:secret@127.0.0.1:1')
  assert.match(message, /Redis must answer, got "redis:\/\/127.0.0.1:1"/)
  assert.not.match(message, /secret/)
})

test.run()
