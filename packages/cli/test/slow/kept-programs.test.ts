import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isBuilt } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TINY } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('programs that a start keeps for the next')

const programsIn = async (home: string) =>
  (await readdir(join(home, 'programs')).catch(() => [])).sort()

/** The weights that a training ends with. */
async function train(folder: string, out: string, home: string, ...more: string[]) {
  const args = ['train', TINY, 'epochs=2', ...more, '--out', out]
  const { code, err } = await start(args, { cwd: folder, env: { ASHLAR_HOME: home } }).ended
  assert.is(code, 0, err)
  const [run] = (await readdir(join(folder, out))).filter((name) => name.endsWith('-tiny'))
  return readFile(join(folder, out, run!, 'weights.safetensors'))
}

test('the next has the same numbers, also where they are damaged; one that is to keep nothing keeps nothing', () =>
  inScratch({}, async (folder) => {
    const home = join(folder, 'home')
    const first = await train(folder, 'first', home)
    const kept = await programsIn(home)
    // Sources change from start to start: from them nothing is kept.
    assert.is(kept.length > 0, isBuilt)
    const second = await train(folder, 'second', home)
    assert.ok(second.equals(first))
    assert.equal(await programsIn(home), kept)
    for (const name of kept) {
      const path = join(home, 'programs', name)
      const bytes = await readFile(path)
      bytes[bytes.length >> 1]! ^= 255
      await writeFile(path, bytes)
    }
    assert.ok((await train(folder, 'third', home)).equals(first))
    assert.equal(await programsIn(home), kept)
    const other = join(folder, 'other')
    const none = await train(folder, 'fourth', other, 'engine={name: onnxruntime, cache: false}')
    assert.ok(none.equals(first))
    assert.equal(await programsIn(other), [])
  }))

test.run()
