import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkerPool } from '../../src/workers/pool.ts'
import { doubling } from '../support/onnx-models.ts'

const test = suite('workers')

const input = (value: number) => ({
  name: 'x',
  datatype: 'FP32',
  shape: [1, 3],
  data: new Uint8Array(Float32Array.of(value, 0, 0).buffer),
})

async function withPool(
  body: (pool: WorkerPool, events: string[]) => Promise<void>,
): Promise<void> {
  const events: string[] = []
  const pool = await WorkerPool.start(
    { model: doubling(), threads: 1, startTimeoutMs: 300_000 },
    2,
    {
      prepare: async () => {
        events.push('prepared')
      },
      onStarted: () => events.push('started'),
      onDeath: (error) => events.push(error.message),
      onRestartFailed: (error) => events.push(`failed: ${error.message}`),
    },
  )
  try {
    await body(pool, events)
  } finally {
    await pool.close()
  }
}

test('a worker that dies takes its runs with it and is replaced', () =>
  withPool(async (pool, events) => {
    assert.is(pool.size, 2)
    const worker = pool.acquire()!
    const run = worker.run([input(1)])
    worker.kill()
    await run.then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, 'the process of the model must not end'),
    )
    assert.ok(worker.isDead)
    assert.is(pool.size, 1)
    for (let wait = 0; wait < 200 && pool.size < 2; wait += 1) await pause(50)
    assert.is(pool.size, 2)
    assert.equal(events.slice(0, 2), ['prepared', 'prepared'])
    assert.match(events[2]!, 'the process of the model must not end')
    assert.equal(events.slice(3), ['prepared', 'started'])
    const { outputs } = await pool.acquire()!.run([input(4)])
    assert.equal(
      [...new Float32Array(outputs[0]!.data.buffer, outputs[0]!.data.byteOffset, 1)],
      [8],
    )
  }))

test('the least busy worker comes first, and each has two batches at most', () =>
  withPool(async (pool) => {
    const taken = Array.from({ length: 5 }, () => pool.acquire())
    assert.is(new Set(taken.slice(0, 2)).size, 2)
    assert.is(taken[4], undefined)
    assert.is(pool.idleCount, 0)
    assert.is(pool.readyCount, 0)
    pool.release(taken[0]!)
    assert.is(pool.readyCount, 1)
  }))

test('what onnxruntime refuses is told with its reason', async () => {
  const settings = { model: Uint8Array.of(1, 2, 3), threads: 1, startTimeoutMs: 300_000 }
  const events = {
    prepare: async () => undefined,
    onStarted: () => undefined,
    onDeath: () => undefined,
    onRestartFailed: () => undefined,
  }
  await WorkerPool.start(settings, 2, events).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.match(error.message, 'model: onnxruntime must be able to open it')
      assert.match(error.message, /protobuf|model/i)
    },
  )
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

test.run()
