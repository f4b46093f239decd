import { parentPort, workerData } from 'node:worker_threads'
import { jobReader } from './read-jobs.ts'
import type { ReaderPlan, ReadJob } from './reader.ts'

interface ReadData {
  readonly plan: ReaderPlan
  /** Shared: the row that is being read, plus 1. */
  readonly current: Int32Array
}

const { plan, current } = workerData as ReadData
const read = jobReader(plan, current)
parentPort!.on('message', (job: ReadJob) => {
  void read(job).then((result) => parentPort!.postMessage(result))
})
