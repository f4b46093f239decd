import type { FileRunner } from '../run/file-runner.ts'
import type { NamedData } from '../tensors.ts'

/** How fast a reduced file runs beside the float file. */
export interface Speed {
  /** Samples in one run. */
  readonly batch: number
  /** Times as fast as the float file; below 1 it is slower. */
  readonly times: number
  /** Milliseconds of a run, in the median. */
  readonly float: number
  readonly reduced: number
}

/** So long both are run in turn, in milliseconds. */
const LONG_ENOUGH = 500
const MOST_ROUNDS = 200
const FEWEST_ROUNDS = 5

/** Runs two files in turn, so that whatever else the machine does falls on both. */
export async function compareSpeed(
  float: FileRunner,
  reduced: FileRunner,
  feeds: NamedData,
): Promise<Speed> {
  const time = async (runner: FileRunner) => {
    const start = performance.now()
    await runner.run(feeds)
    return performance.now() - start
  }
  // The first run takes memory.
  await time(float)
  await time(reduced)
  const times = { float: [] as number[], reduced: [] as number[] }
  const start = performance.now()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    times.float.push(await time(float))
    times.reduced.push(await time(reduced))
    if (round + 1 >= FEWEST_ROUNDS && performance.now() - start > LONG_ENOUGH) break
  }
  const batch = Object.values(feeds)[0]?.shape[0] ?? 1
  const ratios = times.float.map((each, round) => each / times.reduced[round]!)
  return {
    batch,
    times: median(ratios),
    float: median(times.float),
    reduced: median(times.reduced),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
