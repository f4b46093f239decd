import type { Worker } from 'node:worker_threads'
import { captureDynamic, optimizeForExport, writeOnnx } from '@ashlar/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SessionWorker } from '../../src/workers/session-worker.ts'

const test = suite('threads of sessions')

async function model(): Promise<Uint8Array> {
  const graph = captureDynamic(({ x }) => ({ y: x!.mul(2) }), {
    inputs: { x: { shape: [null, 1], dtype: 'float32' } },
  })
  return writeOnnx(await optimizeForExport(graph, 17), { opset: 17 })
}

const inputOf = (value: number) => [
  {
    name: 'x',
    datatype: 'FP32',
    shape: [1, 1],
    data: new Uint8Array(Float32Array.of(value).buffer),
  },
]

test('answer runs in the order that they came in', async () => {
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, () => undefined)
  const answers = await Promise.all([1, 2, 3, 4].map((value) => worker.run(inputOf(value))))
  const numbers = answers.map(({ outputs }) => outputs[0]!.data as Uint8Array)
  assert.equal(
    numbers.map((data) => new Float32Array(data.slice().buffer)[0]),
    [2, 4, 6, 8],
  )
  await worker.end()
})

test('end when an answer is lost, since it would give each run that of the next', async () => {
  let died: Error | undefined
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, (error) => {
    died = error
  })
  const first = worker.run(inputOf(1)).catch((error: unknown) => error)
  const { worker: thread } = worker as unknown as { readonly worker: Worker }
  thread.emit('messageerror', new Error('not to be read'))
  assert.instance(await first, Error)
  assert.instance(died, Error)
  assert.ok(worker.isDead)
})

test.run()
