import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReaderPool } from '../../src/streams/pool.ts'
import { scanLines } from '../../src/streams/scans/lines.ts'
import { writeLines } from '../support/records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('ReaderPool')

test('threads stay as long as a pass may ask again, however long its steps are, and end after it', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.jsonl')
    await writeLines(path, [{ a: 1 }, { a: 2 }])
    const { store } = scanLines({ kind: 'lines', files: [path], columns: [] })
    const decode = { kind: 'numbers', fields: ['a'], size: 1 } as { readonly kind: string }
    const pool = new ReaderPool({ store, decode }, { threads: 1, idle: 1, where: String })
    const asked = new Set<Worker>()
    // Threads keep no process alive.
    const alive = setInterval(() => undefined, 1000)
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (this: Worker, ...args: never[]) {
      asked.add(this)
      return (postMessage as (...given: never[]) => void).apply(this, args)
    }
    try {
      const shared = () => new Float32Array(new SharedArrayBuffer(8))
      const into = { inputs: shared(), labels: shared() }
      const read = (signal?: AbortSignal) => pool.read(Uint32Array.of(1, 0), into, { signal })
      const pass = new AbortController()
      for (let step = 0; step < 3; step++) {
        await read(pass.signal)
        await pause(50)
      }
      assert.is(asked.size, 1)
      assert.equal([...into.inputs], [2, 1])
      const [worker] = asked
      const ended = new Promise((resolve) => worker!.once('exit', resolve))
      pass.abort()
      await ended
      await read()
      assert.is(asked.size, 2)
    } finally {
      clearInterval(alive)
      Worker.prototype.postMessage = postMessage
      await pool.close()
    }
  }))

test('batches are read to their end while the thread that asked for them does something else', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.jsonl')
    await writeLines(
      path,
      Array.from({ length: 8 }, (_, at) => ({ a: at + 1 })),
    )
    const { store } = scanLines({ kind: 'lines', files: [path], columns: [] })
    const decode = { kind: 'numbers', fields: ['a'], size: 1 } as { readonly kind: string }
    const pool = new ReaderPool({ store, decode }, { threads: 1, where: String })
    try {
      const shared = () => new Float32Array(new SharedArrayBuffer(8))
      const batches = Array.from({ length: 4 }, () => ({ inputs: shared(), labels: shared() }))
      await pool.read(Uint32Array.of(0), { inputs: shared(), labels: shared() })
      const reads = batches.map((into, at) => pool.read(Uint32Array.of(2 * at, 2 * at + 1), into))
      // As in a step, no message is taken, no promise goes on: only the memory tells.
      const pause = new Int32Array(new SharedArrayBuffer(4))
      while (batches.some(({ inputs }) => inputs.includes(0))) Atomics.wait(pause, 0, 0, 5)
      assert.equal(
        batches.flatMap(({ inputs }) => [...inputs]),
        [1, 2, 3, 4, 5, 6, 7, 8],
      )
      await Promise.all(reads)
    } finally {
      await pool.close()
    }
  }))

test.run()
