import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel, inScratch, runChild, sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCheckpoint, writeCheckpoint } from '../../src/index.ts'
import { stateAt } from '../support/write-checkpoints.ts'

const test = suite('checkpoints under strace')

/** strace, allowed to trace. */
const found = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=rename', 'true'])
const isThere = found.status === 0
const withStrace = isThere ? test : test.skip
if (!isThere) {
  process.stdout.write('skipped: no strace that may trace (Debian package strace)\n')
}

const COUNT = 3

/** Writes checkpoints on one thread, so that the calls of a kind have one order. */
function write(folder: string, strace: readonly string[], log = '/dev/null') {
  return runChild(new URL('../support/write-checkpoints.ts', import.meta.url), {
    args: [folder, String(COUNT)],
    env: { UV_THREADPOOL_SIZE: '1' },
    by: ['strace', '-f', '-qq', '-y', '-o', log, ...strace],
  })
}

/** The calls that a whole run makes, in order: `fsync(file)`. Those in other folders are left out. */
async function calls(folder: string): Promise<string[]> {
  const log = join(folder, 'log')
  const place = join(folder, 'whole')
  const { code, err } = await write(place, ['-e', 'trace=fsync,rename,mkdir,unlink'], log)
  assert.is(code, 0, err)
  const lines = (await readFile(log, 'utf8')).split('\n')
  return lines.flatMap((line) => {
    const match = /(fsync|rename|mkdir|unlink)\((.*)\)\s+= /.exec(line)
    if (match === null || !match[2]!.includes(folder)) return []
    const path = /[<"]([^>"]+)[>"]/.exec(match[2]!)![1]!.slice(place.length)
    return [`${match[1]} ${path.replace(/\.\d+-[0-9a-f]+\.tmp$/, '.tmp')}`]
  })
}

withStrace(
  'a file is flushed before it is renamed, and its folder after; the manifest comes last',
  () =>
    inScratch({}, async (folder) => {
      const seen = await calls(folder)
      const first = seen.slice(
        0,
        seen.findIndex((call) => call.includes('00000002')),
      )
      assert.equal(
        first.map((call) => call.replace(/-[0-9a-f]{12}/, '')),
        [
          'mkdir ',
          'fsync ', // of the folder above, cut to nothing
          'fsync /step-00000001.safetensors.tmp',
          'rename /step-00000001.safetensors.tmp',
          'fsync ',
          'fsync /step-00000001.json.tmp',
          'rename /step-00000001.json.tmp',
          'fsync ',
          'mkdir ',
        ],
      )
    }),
)

for (const call of ['fsync', 'rename', 'unlink', 'mkdir']) {
  withStrace(`killed at every ${call}: the last good checkpoint is whole`, () =>
    inScratch({}, async (folder) => {
      const seen = await calls(folder)
      const total = seen.filter((each) => each.startsWith(call)).length
      assert.ok(total > 0)
      const places = sampleOf(
        3,
        call,
        Array.from({ length: total }, (_, i) => i + 1),
      )
      await inParallel(places, 2, async (when) => {
        const place = join(folder, String(when))
        const inject = `inject=${call}:signal=SIGKILL:when=${when}`
        const { out } = await write(place, ['-e', `trace=${call}`, '-e', inject])
        const told = Number(out.trim().split('\n').at(-1))
        const checkpoint = await readCheckpoint(place)
        assert.equal(checkpoint?.damaged ?? [], [])
        const step = checkpoint?.state.progress.step ?? 0
        assert.ok(step === told || step === told + 1, `${call} ${when}: ${step} after ${told}`)
        if (step > 0) assert.equal(checkpoint!.state, stateAt(step))
      })
    }),
  )
}

for (const [call, error, count] of [
  ['fsync', 'EIO', 6],
  ['rename', 'ENOSPC', 3],
  ['unlink', 'EACCES', 1],
] as const) {
  withStrace(`${error} of ${call} comes out, and the last good checkpoint is whole`, () =>
    inScratch({}, async (folder) => {
      for (let when = 1; when <= count; when++) {
        const place = join(folder, String(when))
        const inject = `inject=${call}:error=${error}:when=${when}`
        const { code, out, err } = await write(place, ['-e', `trace=${call}`, '-e', inject])
        assert.is(code, 1, `${call} ${when} must fail`)
        assert.match(err, new RegExp(`DataError.*must be writable, got "${error}`, 's'))
        const told = Number(out.trim().split('\n').at(-1))
        const step = (await readCheckpoint(place))?.state.progress.step ?? 0
        assert.ok(step === told || step === told + 1, `${call} ${when}: ${step} after ${told}`)
        await writeCheckpoint(place, stateAt(step + 1))
        assert.equal((await readCheckpoint(place))!.state, stateAt(step + 1))
      }
    }),
  )
}

test.run()
