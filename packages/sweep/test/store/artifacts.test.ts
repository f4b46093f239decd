import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRun } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { performTask } from '../../src/index.ts'
import { artifactsIn, type ObjectStore } from '../../src/store/artifacts.ts'
import { registry } from '../support/plugins.ts'
import { inScratch } from '../support/sweep.ts'
import { taskOf } from '../support/task.ts'

const test = suite('a trial in a store')

/** A store in memory. */
function memory(): ObjectStore & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>()
  return {
    files,
    list: async (prefix) => [...files.keys()].filter((key) => key.startsWith(prefix)),
    get: async (key) => files.get(key)!,
    put: async (key, bytes) => void files.set(key, bytes),
    async remove(keys) {
      for (const key of keys) files.delete(key)
    },
  }
}

test('given back in a later rung, goes on elsewhere from where it was left', () =>
  inScratch(async (out) => {
    const note = join(out, 'epochs.txt')
    const epochs = async () => (await readFile(note, 'utf8')).trim().split('\n').length
    const place = async (name: string) => {
      const { path } = await makeRun(join(out, name))
      await writeFile(join(path, 'sweep.json'), '{}')
      return path
    }
    const [here, there, whole] = [await place('here'), await place('there'), await place('whole')]
    const args = ['epochs=9', `callbacks.trouble={note: ${note}}`]
    const task = (until: number) => taskOf(args, { until })
    const { id } = await task(1)
    const store = memory()
    const artifacts = artifactsIn(store, 'p', 'sweep')

    const first = await performTask(await task(3), { registry: registry(), folder: here })
    assert.is(first.status, 'reached')
    await artifacts.push(id, here)
    // The second rung, stopped in its third epoch.
    const stop = new AbortController()
    const left = await performTask(await task(9), {
      ...{ registry: registry(), folder: here, signal: stop.signal },
      onEpoch: ({ epoch }) => epoch === 4 && stop.abort(),
    })
    assert.is(left.status, 'given-back')
    assert.is(await epochs(), 5)
    await artifacts.push(id, here)
    const names = [...store.files.keys()].map((key) => key.slice(`p/sweep/${id}/`.length))
    assert.ok(names.includes('trial.json'), 'what the first rung came to stays')

    await artifacts.pull(id, there)
    const last = await performTask(await task(9), { registry: registry(), folder: there })
    assert.is(last.status, 'reached')
    assert.is(await epochs(), 9, 'no epoch is trained again')
    await artifacts.push(id, there)
    // The trial as it is, with nothing of before in the store.
    const files = await readdir(join(there, id), { recursive: true, withFileTypes: true })
    assert.is([...store.files.keys()].length, files.filter((each) => each.isFile()).length)
    const straight = await performTask(await task(9), { registry: registry(), folder: whole })
    assert.equal([last.metrics, last.steps], [straight.metrics, straight.steps])
  }))

test.run()
