import { basename, dirname } from 'node:path'
import * as assert from 'uvu/assert'
import { ashlarJson } from './ashlar.ts'

/** What `ashlar runs` says of a run, whether from its index or from the folders. */
export async function outcomeOf(run: string): Promise<string | undefined> {
  const list = async (...args: string[]) => {
    const answer = await ashlarJson<{ runs: { run: string; outcome: string }[] }>(
      ...['runs', '--out', dirname(run), ...args],
    )
    return answer.runs.find((each) => each.run === basename(run))?.outcome
  }
  const outcome = await list()
  assert.is(await list('--rebuild'), outcome)
  return outcome
}
