import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRedis, RedisServer } from '../support/redis.ts'
import { inScratch, makeTiny } from '../support/sweep.ts'
import { startWorker } from '../support/workers.ts'

const test = suite('two hosts')

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })

/** Names and addresses of this process's own, so that two runs of the tests do not meet. */
const NAME = `as${process.pid % 100_000}`
const [HERE, THERE] = [`${NAME}a`, `${NAME}b`]
const NET = `10.${200 + (process.pid % 50)}.${process.pid % 250}`

/** A host of its own, joined to this one by a wire; undefined where the machine gives none. */
function addHost(): (() => void) | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const remove = () => {
    spawnSync('ip', ['netns', 'del', NAME])
    spawnSync('ip', ['link', 'del', HERE])
  }
  try {
    ip('netns', 'add', NAME)
    ip('link', 'add', HERE, 'type', 'veth', 'peer', 'name', THERE, 'netns', NAME)
    ip('addr', 'add', `${NET}.1/24`, 'dev', HERE)
    ip('link', 'set', HERE, 'up')
    ip('-n', NAME, 'addr', 'add', `${NET}.2/24`, 'dev', THERE)
    ip('-n', NAME, 'link', 'set', THERE, 'up')
    ip('-n', NAME, 'link', 'set', 'lo', 'up')
    return remove
  } catch {
    remove()
    return undefined
  }
}

test('one that is cut off loses its trials to the other, and does no harm when it is joined again', () =>
  inScratch(async (out) => {
    const removeHost = hasRedis() ? addHost() : undefined
    if (removeHost === undefined) {
      process.stdout.write('NOT RUN: needs redis-server, and network namespaces\n')
      return
    }
    const redis = await RedisServer.start(join(out, 'redis'), `${NET}.1`)
    const options = { queue: redis.url, workers: 1, lease: 1 }
    const far = startWorker(
      { ...options, name: 'far', scratch: join(out, 'far') },
      { before: ['ip', 'netns', 'exec', NAME] },
    )
    let near: ReturnType<typeof startWorker> | undefined
    try {
      const asked = {
        args: [
          'optimizer.learningRate=1e-3,1e-2,1e-1',
          'epochs=8',
          'callbacks.trouble={wait: 150}',
        ],
        ...{ suggester: 'grid', trials: 3, attempts: 9 },
      }
      const making = makeTiny(out, { ...asked, launcher: { name: 'bullmq', queue: redis.url } })
      await far.seen(/begins/)
      await sleep(300)
      ip('link', 'set', HERE, 'down')
      near = startWorker({ ...options, name: 'near', queue: redis.url, scratch: join(out, 'near') })
      // What the far one has begun has gone to the near one.
      await near.seen(/reached/)
      ip('link', 'set', HERE, 'up')
      const queued = await making
      const inline = await makeTiny(join(out, 'inline'), asked)
      assert.equal([queued.trials, queued.best], [inline.trials, inline.best])
    } finally {
      await Promise.all([far.kill(), near?.kill()])
      await redis.stop()
      removeHost()
    }
  }))

test.run()
