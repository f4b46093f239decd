import { nodeWorker, pythonWorker } from '../harness/commands.ts'
import type { Measured } from '../harness/repeat.ts'
import { interleave } from '../harness/rounds.ts'
import { Worker } from '../harness/worker.ts'
import type { Resident, Side, StreamRequest } from './protocol.ts'

/** Who reads or trains. */
export interface Subject {
  readonly name: string
  /** An interpreter of Python for PyTorch's loader. */
  readonly python?: string | undefined
  readonly request: StreamRequest
}

/** What came of a subject, a number per round. */
export interface Measurements {
  readonly name: string
  readonly version: string
  /** Pictures in a second. */
  readonly speeds: readonly number[]
  /** Milliseconds of processor time of a picture, of all threads of its process. */
  readonly processor: readonly number[]
}

const ashlar = new URL('workers/ashlar.ts', import.meta.url)
const pytorch = new URL('peers/pytorch_worker.py', import.meta.url)

/** Starts all subjects, each in a process of its own, and lets them take turns. Those that wait for their turn do nothing. */
export async function measure(
  subjects: readonly Subject[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Measurements[]> {
  const workers: Worker[] = []
  try {
    const versions: string[] = []
    for (const { name, python, request } of subjects) {
      const worker = new Worker(
        name,
        python === undefined ? nodeWorker(ashlar) : pythonWorker(python, pytorch),
      )
      workers.push(worker)
      versions.push((await worker.call<{ version: string }>('prepare', { ...request })).version)
      // The first seconds are those of caches and compilers.
      await worker.call('measure', { seconds })
    }
    const processor = subjects.map((): number[] => [])
    const speeds = await interleave([...subjects.keys()], rounds, async (at) => {
      // What was put away while others had their turn is there again.
      await workers[at]!.call('measure', { seconds: seconds / 8 })
      const { images, ...took } = await workers[at]!.call<Measured>('measure', { seconds })
      processor[at]!.push((1000 * took.processor) / images)
      return images / took.seconds
    })
    return subjects.map(({ name }, at) => ({
      ...{ name, version: versions[at]!, speeds: speeds[at]!, processor: processor[at]! },
    }))
  } finally {
    for (const worker of workers) await worker.end()
  }
}

/** What a training process holds once it has gone over so many seconds, in MiB; and what it waited for. */
export async function residentOf(
  folder: string,
  request: Omit<StreamRequest, 'folder' | 'side'>,
  seconds: number,
): Promise<Resident> {
  const side: Side = 'streamed'
  const worker = new Worker(folder, nodeWorker(ashlar))
  try {
    await worker.call('prepare', { ...request, folder, side })
    await worker.call('measure', { seconds })
    return await worker.call<Resident>('memory')
  } finally {
    await worker.end()
  }
}
