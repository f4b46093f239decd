import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@ashlar/test-support'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { artifactsIn, openStore } from '../../src/store/artifacts.ts'
import { hasRedis, RedisServer } from '../support/redis.ts'
import { inScratch, makeTiny } from '../support/sweep.ts'
import { startWorker } from '../support/workers.ts'

/** A Python that has the package `moto`, a stand-in of S3 that speaks its protocol. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const isThere = spawnSync(python, ['-c', 'import moto.server, flask']).status === 0 && hasRedis()

const test = suite('trials in an object store')

/** A store with a bucket `trials`, for the time of `fn`. */
async function withStore(fn: (s3: S3Client) => Promise<void>): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const settings = {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  const before = { ...process.env }
  const server: ChildProcess = spawn(
    python,
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    { stdio: 'ignore' },
  )
  try {
    while (!(await fetch(url).catch(() => undefined))) {
      assert.is(server.exitCode, null, 'the server must start')
      await sleep(200)
    }
    Object.assign(process.env, settings)
    const s3 = new S3Client({ forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'trials' }))
    await fn(s3)
    s3.destroy()
  } finally {
    for (const key of Object.keys(settings)) {
      if (before[key] === undefined) delete process.env[key]
      else process.env[key] = before[key]
    }
    server.kill('SIGKILL')
  }
}

if (!isThere) {
  test('NOT RUN: needs redis-server, and moto in Python (scripts/peers/setup)', () => undefined)
} else {
  test('workers without a common folder make the table that one process makes, one of them killed', () =>
    inScratch((out) =>
      withStore(async (s3) => {
        const redis = await RedisServer.start(join(out, 'redis'))
        const asked = {
          args: [
            'optimizer.learningRate=1e-3,3e-3,1e-2,3e-2',
            'epochs=9',
            'callbacks.trouble={wait: 50}',
          ],
          ...{ trials: 4, attempts: 9, suggester: 'grid', scheduler: 'halving' },
        }
        const start = (name: string) =>
          startWorker({
            ...{ queue: redis.url, workers: 1, lease: 1, name, scratch: join(out, name) },
          })
        const workers = [start('one'), start('two')]
        try {
          const launcher = { name: 'bullmq', queue: redis.url, store: 's3://trials/some/where' }
          const making = makeTiny(join(out, 'here'), { ...asked, launcher })
          await workers[0]!.seen(/begins/)
          await sleep(300)
          await workers[0]!.kill()
          workers.push(start('three'))
          const stored = await making
          const inline = await makeTiny(join(out, 'inline'), asked)
          assert.equal([stored.trials, stored.best], [inline.trials, inline.best])
          // Everything of a trial is here, and in the store.
          for (const { id } of stored.trials) {
            const files = await readdir(stored.folder.file(id))
            for (const name of ['trial.json', 'config.yaml', 'metrics.jsonl'])
              assert.ok(files.includes(name), `${id}/${name}`)
          }
          const { Contents = [] } = await s3.send(
            new ListObjectsV2Command({ Bucket: 'trials', Prefix: 'some/where/' }),
          )
          for (const { id } of stored.trials) {
            const key = `some/where/${stored.folder.name}/${id}/trial.json`
            assert.ok(
              Contents.some(({ Key }) => Key === key),
              key,
            )
          }
        } finally {
          await Promise.all(workers.map((each) => each.kill()))
          await redis.stop()
        }
      }),
    ))

  test('a key that leads out of its trial is refused', () =>
    inScratch((out) =>
      withStore(async () => {
        const { store, prefix } = await openStore('s3://trials/p')
        await store.put('p/sweep/aaaa/../../escaped.txt', Buffer.from('x'))
        let message = ''
        await artifactsIn(store, prefix, 'sweep')
          .pull('aaaa', join(out, 'deep', 'folder'))
          .catch((error: Error) => {
            message = error.message
          })
        assert.match(message, /must lie within its trial/)
        assert.equal(await readdir(out), [])
      }),
    ))
}

test('says what is wrong with the address of a store', async () => {
  for (const address of ['http://x', 's3://', 's3://A/b', '/folder']) {
    let message = ''
    await openStore(address).catch((error: Error) => {
      message = error.message
    })
    assert.match(message, /must be an address of the form s3:\/\/bucket\/prefix/, address)
  }
})

test.run()
