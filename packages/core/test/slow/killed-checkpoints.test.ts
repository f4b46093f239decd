import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel, inScratch, killAt, runChild, sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCheckpoint, writeCheckpoint } from '../../src/index.ts'
import { stateAt } from '../support/write-checkpoints.ts'

const test = suite('checkpoints of a killed process')

/** So many that old ones are removed as well. */
const COUNT = 3

interface Kill {
  readonly at: number
  readonly how: 'before' | 'half' | 'after'
}

function write(folder: string, kill?: Kill) {
  return runChild(new URL('../support/write-checkpoints.ts', import.meta.url), {
    args: [folder, String(COUNT)],
    before: [killAt],
    env: kill === undefined ? {} : { KILL_AT: String(kill.at), KILL_HOW: kill.how },
  })
}

test('whatever is being written, synced, renamed or removed: the last good one is whole', () =>
  inScratch({}, async (folder) => {
    const { err, code } = await write(join(folder, 'whole'))
    assert.is(code, 0, err)
    const total = Number(/operations (\d+)/.exec(err)![1])
    assert.ok(total >= 6 * 2 * COUNT, `only ${total} operations`)
    const kills: Kill[] = Array.from({ length: total }, (_, i) => i + 1).flatMap((at) => [
      { at, how: 'before' as const },
      // Half of a write, or what comes right after the operation before: all others end in the next one's `before`.
      ...(at % 6 === 3 || at % 6 === 4 ? [{ at, how: 'half' as const }] : []),
    ])
    kills.push({ at: total, how: 'after' })
    await inParallel(sampleOf(3, 'kills', kills), 3, async (kill) => {
      const name = `${kill.how} ${kill.at} of ${total}`
      const place = join(folder, name.replaceAll(' ', '-'))
      const { signal, out } = await write(place, kill)
      assert.is(signal, 'SIGKILL', name)
      const told = Number(out.trim().split('\n').at(-1))
      const found = await readCheckpoint(place)
      assert.equal(found?.damaged ?? [], [], name)
      const step = found?.state.progress.step ?? 0
      assert.ok(step === told || step === told + 1, `${name}: step ${step} after ${told}`)
      if (step > 0) assert.equal(found!.state, stateAt(step), name)
      // The next run clears up and goes on.
      await writeCheckpoint(place, stateAt(step + 1))
      assert.equal((await readCheckpoint(place))!.state, stateAt(step + 1), name)
      const files = await readdir(place)
      assert.is(files.length, step === 0 ? 2 : 4, `${name}: ${files}`)
    })
  }))

test.run()
