import { createServer } from 'node:http'
import { type Job, Queue, Worker } from 'bullmq'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestOf } from '../../src/trials/digest.ts'
import { makeTiny } from '../support/sweep.ts'
import { taskOf } from '../support/task.ts'
import { launcher, withRedis } from '../support/with-redis.ts'

const test = suite('answers from a queue in Redis')

/** What a worker answers. */
const RESULT = {
  ...{ status: 'reached', better: 'lower', epochs: 3, steps: 3, seconds: 0 },
  metrics: { val_loss: 1 },
}

test(
  'an answer of a worker that is none, or one to another task, ends the trial and not the sweep',
  withRedis(async (setting) => {
    const { out, redis } = setting
    const { hostname: host, port } = new URL(redis.url)
    const answers: ((id: string, until: number) => unknown)[] = [
      () => 'nonsense',
      () => null,
      (id, until) => ({ ...RESULT, id, until: until + 1 }),
      (_, until) => ({ ...RESULT, id: '0123456789abcdef', until }),
      (id, until) => ({ ...RESULT, id, until }),
    ]
    const connection = { host, port: Number(port), maxRetriesPerRequest: null }
    const strange = new Worker(
      'ashlar',
      async ({ data }: Job) => answers.shift()!(data.task.id, data.task.until),
      { connection },
    )
    try {
      const { trials } = await makeTiny(out, {
        args: ['optimizer.learningRate=1,2,3,4,5'],
        ...{ suggester: 'grid', trials: 5, launcher: launcher(setting) },
      })
      assert.equal(
        trials.map(({ error }) => /none$|answered for/.exec(error ?? '')?.[0]),
        ['none', 'none', 'answered for', 'answered for', undefined],
      )
    } finally {
      await strange.close(true)
    }
  }),
)

test(
  'a store that is away leaves a trial to others, and fails nothing',
  withRedis(async (setting) => {
    const { out, worker } = setting
    const env = {
      ...{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'x', AWS_MAX_ATTEMPTS: '1' },
      ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    }
    const poor = worker({}, env)
    const interruption = new AbortController()
    const making = makeTiny(
      out,
      { trials: 1, launcher: { ...launcher(setting), store: 's3://bucket/x' } },
      { signal: interruption.signal },
    )
    await poor.seen(/left to others: the store s3:\/\/bucket\/x cannot be used/)
    interruption.abort()
    const { trials, isInterrupted } = await making
    assert.ok(isInterrupted)
    assert.is(trials[0]!.error, undefined)
  }),
)

test(
  'a worker without the plugin of a task fetches nothing of its trial',
  withRedis(async ({ out, redis, worker }) => {
    let requests = 0
    const s3 = createServer((_, response) => {
      requests++
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve))
    const { port } = s3.address() as { port: number }
    const { hostname: host, port: at } = new URL(redis.url)
    const queue = new Queue('ashlar', { connection: { host, port: Number(at) } })
    try {
      const env = {
        ...{ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`, AWS_REGION: 'x' },
        ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' },
      }
      const whole = await taskOf([])
      const task = {
        ...whole,
        config: { ...whole.config, plugins: ['not-here'] },
        requires: { plugins: { 'not-here': 'sha256:0' } },
      }
      const job = { sweep: 'some-sweep', folder: '/nowhere', store: 's3://bucket/x' }
      await queue.add('trial', { ...job, task, digest: digestOf(task) })
      for (const [options, told] of [
        [{}, /left to others: the plugin not-here is needed; --home DIR/],
        [{ home: out }, /left to others: the plugin not-here is not here/],
      ] as const) {
        const poor = worker(options, env)
        await poor.seen(/left to others: the (plugin|store)/)
        assert.match(poor.text(), told)
        assert.is(requests, 0)
        await poor.kill()
      }
    } finally {
      await queue.close()
      s3.close()
    }
  }),
)

test.run()
