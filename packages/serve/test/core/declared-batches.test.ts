import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { distinct, doubling, identity, sumOverTime } from '../support/onnx-models.ts'
import { call, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('batches that somebody declared')

const FP32 = { name: 'x', datatype: 'FP32' }

async function ask(server: Server, model: string, shape: number[], data: number[]) {
  const body = { inputs: [{ ...FP32, shape, data }] }
  const { status, json } = await call(server, 'POST', `/v2/models/${model}/infer`, { body })
  return { status, error: json.error, shape: json.outputs?.[0].shape, data: json.outputs?.[0].data }
}

/** What the sum over time of rows of one number each must be. */
function sums(rows: number, value: number): number[] {
  return Array.from({ length: rows * 4 }, (_, index) => (Math.floor(index / 4) + 1) * value)
}

test('a size that varies is no batch: each client has its own sequence', () =>
  withServer({ 'm/1/model.onnx': sumOverTime() }, { instances: 2 }, async (server) => {
    const asked = Array.from({ length: 24 * 10 }, (_, index) => async () => {
      const rows = 1 + (index % 3)
      const value = 1 + (index % 24)
      const { data } = await ask(server, 'm', [rows, 4], Array(rows * 4).fill(value))
      assert.equal(data, sums(rows, value))
    })
    await Promise.all(asked.map((client) => client()))
    const { inferenceCount, executionCount } = server.core.statistics('m')[0]!.statistics
    assert.is(inferenceCount, 240)
    assert.is(executionCount, 240)
    assert.is(server.core.modelConfig('m').max_batch_size, 0)
  }))

slow(
  'a configuration declares one; 0 declares that there is none, whatever the server is started with',
  () =>
    withServer(
      {
        'yes/1/model.onnx': identity('FLOAT', ['rows', 2]),
        'yes/config.pbtxt': 'max_batch_size: 8',
        'no/1/model.onnx': doubling(),
        'no/config.pbtxt': 'max_batch_size: 0',
        'open/1/model.onnx': identity('FLOAT', ['rows', 2]),
      },
      { maxBatch: 16 },
      async (server) => {
        const max = (name: string) => server.core.modelConfig(name).max_batch_size
        assert.equal(['yes', 'no', 'open'].map(max), [16, 0, 16])
      },
    ),
)

test('more samples than a batch may have are run in parts', () =>
  withServer(
    {
      'm/1/model.onnx': doubling(),
      'm/config.pbtxt': 'max_batch_size: 4',
      'text/1/model.onnx': identity('STRING', ['batch', 2]),
      'text/config.pbtxt': 'max_batch_size: 4',
    },
    { instances: 2 },
    async (server) => {
      for (const rows of [1, 4, 5, 8, 9, 103]) {
        const data = Array.from({ length: rows * 3 }, (_, index) => index)
        const answer = await ask(server, 'm', [rows, 3], data)
        assert.equal(answer.shape, [rows, 3])
        assert.equal(
          answer.data,
          data.map((value) => 2 * value),
        )
      }
      const { statistics } = server.core.statistics('m')[0]!
      assert.is(statistics.success.count, 6)
      assert.is(statistics.inferenceCount, 130)
      assert.ok([...statistics.batches.keys()].every((size) => size <= 4))
      const words = Array.from({ length: 18 }, (_, index) => 'ü'.repeat(index))
      const inputs = [{ name: 'x', datatype: 'BYTES', shape: [9, 2], data: words }]
      const { json } = await call(server, 'POST', '/v2/models/text/infer', { body: { inputs } })
      assert.equal(json.outputs[0].data, words)
    },
  ))

slow('parts are joined with other requests, and many at once keep apart', () =>
  withServer(
    { 'm/1/model.onnx': doubling(), 'm/config.pbtxt': 'max_batch_size: 8' },
    {},
    async (server) => {
      const sizes = Array.from({ length: 60 }, (_, index) => 1 + ((index * 7) % 23))
      await Promise.all(
        sizes.map(async (rows, client) => {
          const answer = await ask(server, 'm', [rows, 3], Array(rows * 3).fill(client))
          assert.equal(answer.data, Array(rows * 3).fill(2 * client))
        }),
      )
      const { executionCount, inferenceCount } = server.core.statistics('m')[0]!.statistics
      assert.is(
        inferenceCount,
        sizes.reduce((sum, size) => sum + size),
      )
      assert.ok(executionCount < 60 * 2)
    },
  ),
)

slow('a model that cannot be run in parts says so, and so does a request of too many', () =>
  withServer(
    {
      'set/1/model.onnx': distinct(),
      'set/config.pbtxt': 'max_batch_size: 4',
      'none/1/model.onnx': identity('FLOAT', ['batch', 'width']),
      'none/config.pbtxt': 'max_batch_size: 4',
    },
    { maxQueue: 10 },
    async (server) => {
      const set = await ask(server, 'set', [5, 2], Array(10).fill(1))
      assert.is(set.status, 400, set.error)
      assert.match(set.error, '5 samples must fit into one run, at most 4')
      assert.equal((await ask(server, 'set', [4, 2], Array(8).fill(1))).data, [1])
      for (const rows of [41, 2 ** 40]) {
        const empty = await ask(server, 'none', [rows, 0], [])
        assert.is(empty.status, 400, empty.error)
        assert.match(empty.error, `a request must have 1 to 40 samples, got ${rows}`)
      }
    },
  ),
)

test.run()
