import { ConfigError } from '@ashlar/errors'
import { withoutCredentials } from '@ashlar/plugins'
import type { ConnectionOptions } from 'bullmq'
import { z } from 'zod'
import { type TrialTask, trialTaskSchema } from '../../trials/task.ts'

/** The queue that all sweeps share; workers take from it whatever sweep it is of. */
export const QUEUE = 'ashlar'

/** A task in the queue. */
export interface TrialJob {
  /** Name of the sweep. */
  readonly sweep: string
  /** Its folder where it was made, absolute. */
  readonly folder: string
  /** Where trials go if that folder is not shared. */
  readonly store?: string | undefined
  readonly task: TrialTask
  /** SHA-256 of the task: what arrives is what was sent. */
  readonly digest: string
}

/** A job as it comes. */
export const trialJobSchema: z.ZodType<TrialJob> = z.object({
  sweep: z.string().regex(/^[A-Za-z0-9][\w.-]*$/),
  folder: z.string(),
  store: z.string().optional(),
  task: trialTaskSchema,
  digest: z.string(),
})

type Bullmq = typeof import('bullmq')

/** BullMQ and a connection to Redis. */
export interface QueueClient {
  readonly bullmq: Bullmq
  readonly connection: ConnectionOptions
  /** Ends the connection. */
  end(): void
}

/**
 * Connects to a queue.
 *
 * @param url `redis://host:6379`; `rediss://` with TLS.
 * @throws ConfigError for another address, where the packages are missing, and where nobody answers.
 */
export async function connectQueue(url: string | undefined): Promise<QueueClient> {
  if (url === undefined || !/^rediss?:\/\//.test(url)) {
    throw new ConfigError({
      where: '--queue',
      expected: 'must be the address of a Redis: redis://host:6379',
      given: url === undefined ? undefined : withoutCredentials(url),
      hint: 'The environment variable ASHLAR_QUEUE may say it as well.',
    })
  }
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch(
    (cause: unknown) => {
      throw new ConfigError({
        where: '--queue',
        expected: 'needs the packages bullmq and ioredis',
        hint: 'npm install bullmq ioredis',
        cause,
      })
    },
  )
  const redis = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.ping()
  } catch (cause) {
    redis.disconnect()
    throw new ConfigError({
      where: '--queue',
      expected: 'Redis must answer',
      given: withoutCredentials(url),
      hint: (cause as Error).message,
      cause,
    })
  }
  return {
    bullmq,
    connection: redis as unknown as ConnectionOptions,
    end: () => redis.disconnect(),
  }
}
