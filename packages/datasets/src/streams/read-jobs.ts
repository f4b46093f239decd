import { openDecoder } from './decoders/index.ts'
import { failureOf } from './failure.ts'
import type { JobResult, ReaderPlan, ReadJob } from './reader.ts'
import { openStore } from './stores/index.ts'

/** Pictures that are decoded at a time in one thread. */
const AT_A_TIME = 4

/**
 * Reads jobs, one after the other, in the thread that it is called in.
 *
 * @param current shared: the row that is being read, plus 1.
 */
export function jobReader(
  plan: ReaderPlan,
  current: Int32Array,
): (job: ReadJob) => Promise<JobResult> {
  const opened = Promise.all([openStore(plan.store), openDecoder(plan.decode)])
  opened.catch(() => undefined)
  let last: Promise<unknown> = Promise.resolve()

  const run = async ({ id, rows, places, into, stopped }: ReadJob): Promise<JobResult> => {
    let at = 0
    let failedAt = 0
    let failure: { place: number; error: unknown } | undefined
    try {
      const [store, decode] = await opened
      const next = async (): Promise<void> => {
        while (at < rows.length && failure === undefined && Atomics.load(stopped, 0) === 0) {
          const own = at++
          const row = rows[own]!
          Atomics.store(current, 0, row + 1)
          try {
            const got = store.get(row)
            const record = got instanceof Promise ? await got : got
            const where = store.where(row)
            const folder = store.folder?.(row)
            const decoding = decode(record, { where, folder, place: places[own]!, into })
            if (decoding instanceof Promise) await decoding
          } catch (error) {
            if (failure === undefined || own < failedAt) {
              failedAt = own
              failure = { place: places[own]!, error }
            }
          }
        }
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, next))
    } catch (error) {
      failure = { place: places[0] ?? 0, error }
    }
    Atomics.store(current, 0, 0)
    return { id, error: failure && failureOf(failure.error, failure.place) }
  }

  return (job) => {
    const done = last.then(() => run(job))
    last = done
    return done
  }
}
