import { join } from 'node:path'
import { hasRedis, RedisServer } from './redis.ts'
import { inScratch } from './sweep.ts'
import { type StartedWorker, startWorker } from './workers.ts'

/** What a test with a Redis has. */
export interface Setting {
  readonly out: string
  readonly redis: RedisServer
  /** Starts a worker that ends with the test. */
  worker(options?: object, env?: Record<string, string>): StartedWorker
}

/** A Redis and workers, for the time of `fn`. */
export function withRedis(fn: (setting: Setting) => Promise<void>): () => Promise<void> {
  return () =>
    inScratch(async (out) => {
      if (!hasRedis()) {
        process.stdout.write('redis-server is not here: scripts/peers/setup\n')
        return
      }
      const redis = await RedisServer.start(join(out, 'redis'))
      const workers: StartedWorker[] = []
      try {
        await fn({
          ...{ out, redis },
          worker(options = {}, env = {}) {
            const started = startWorker(
              {
                queue: redis.url,
                workers: 1,
                lease: 1,
                scratch: join(out, `scratch-${workers.length}`),
                ...options,
              },
              { env },
            )
            workers.push(started)
            return started
          },
        })
      } finally {
        await Promise.all(workers.map((each) => each.kill()))
        await redis.stop()
      }
    })
}

/** The launcher of this queue. */
export const launcher = ({ redis }: Setting): { name: string; queue: string } => ({
  name: 'bullmq',
  queue: redis.url,
})
