import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { doubling, endless } from '../support/onnx-models.ts'
import { call, startServer, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('models that cannot be loaded')

const index = async (server: Server) => {
  const { json } = await call(server, 'POST', '/v2/repository/index')
  return new Map<string, { state: string; reason: string; version: string }>(
    json.map((item: { name: string }) => [item.name, item]),
  )
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const works = async (server: Server, model: string) => {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }]
  const { status } = await call(server, 'POST', `/v2/models/${model}/infer`, { body: { inputs } })
  return status === 200
}

const threads = (text: string) =>
  `parameters { key: "intra_op_thread_count" value: { string_value: "${text}" } }`

/** A run that the configuration asks for before the model is ready. */
const warmUp =
  'model_warmup [ { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_INT64 dims: [1] zero_data: true } } } ]'

test('are listed with the reason, and the others are served', () =>
  withServer(
    {
      'good/1/model.onnx': doubling(),
      'threads/1/model.onnx': doubling(),
      'threads/config.pbtxt': threads('100000'),
      'batch/1/model.onnx': doubling(),
      'batch/config.pbtxt': 'max_batch_size: 1000000000',
      'broken/1/model.onnx': doubling(),
      'broken/config.pbtxt': 'max_batch_size: {',
      'warm/1/model.onnx': doubling(),
      'warm/config.pbtxt':
        'model_warmup [ { name: "w" batch_size: 65536 inputs { key: "x" value { data_type: TYPE_FP32 dims: [100000000] } } } ]',
      'my model/1/model.onnx': doubling(),
      'grüße/1/model.onnx': doubling(),
      'empty/1/other.txt': 'no model',
      'fine.with-dots_1/1/model.onnx': doubling(),
    },
    {},
    async (server, folder) => {
      mkdirSync(join(folder.path, 'nothing'))
      const found = await index(server)
      assert.equal(
        [...found].filter(([, { state }]) => state === 'READY').map(([name]) => name),
        ['fine.with-dots_1', 'good'],
      )
      for (const [name, reason] of [
        ['threads', 'threads/config.pbtxt: parameters.intra_op_thread_count: must be'],
        ['batch', 'batch/config.pbtxt: max_batch_size: must be a whole number from 0 to 65536'],
        ['broken', 'broken/config.pbtxt: line 1: must have }'],
        ['warm', 'model_warmup "w": the input "x" must have at most 1073741824 bytes'],
        ['my model', 'model name: must be letters, digits, dots, dashes and underscores'],
        ['grüße', 'model name: must be letters, digits, dots, dashes and underscores'],
        ['empty', 'must have a version that its policy asks for, such as empty/1/model.onnx'],
      ] as const) {
        assert.is(found.get(name)?.state, 'UNAVAILABLE', name)
        assert.ok(found.get(name)?.reason.includes(reason), found.get(name)?.reason)
      }
      assert.ok(await works(server, 'good'))
      const answer = await call(server, 'POST', '/v2/models/batch/infer', { body: {} })
      assert.is(answer.status, 503)
      assert.match(answer.json.error, 'max_batch_size')
      assert.is((await call(server, 'GET', '/v2/health/ready')).status, 400)
      assert.is((await call(server, 'GET', '/v2/models/gr%C3%BC%C3%9Fe')).status, 503)
    },
  ))

slow('are ready once they are mended', () =>
  withServer(
    {
      'good/1/model.onnx': doubling(),
      'm/1/model.onnx': doubling(),
      'm/config.pbtxt': 'max_batch_size: 1000000000',
    },
    {},
    async (server, folder) => {
      assert.is((await index(server)).get('m')?.version, '')
      folder.write('m/config.pbtxt', 'max_batch_size: 8')
      await server.core.manager.poll()
      const { state, version, reason } = (await index(server)).get('m')!
      assert.equal([state, version, reason], ['READY', '1', ''])
      assert.is((await call(server, 'GET', '/v2/health/ready')).status, 200)
      // A mistake in a new configuration leaves what is served, and is listed.
      folder.write('m/config.pbtxt', 'max_batch_size: many')
      await server.core.manager.poll()
      const served = (await index(server)).get('m')!
      assert.is(served.state, 'READY')
      assert.match(served.reason, 'max_batch_size')
      assert.ok(await works(server, 'm'))
    },
  ),
)

slow('a model that was named at the start and is not there is listed', () =>
  withServer({ 'm/1/model.onnx': doubling() }, { load: ['m', 'typo'] }, async (server) => {
    const { state, reason } = (await index(server)).get('typo')!
    assert.is(state, 'UNAVAILABLE')
    assert.match(reason, 'Request for unknown model')
    assert.ok(await works(server, 'm'))
  }),
)

test('one that is never ready stops neither the start nor the others, nor the end', async () => {
  const { server, folder, stop } = await startServer(
    {
      'good/1/model.onnx': doubling(),
      'slow/1/model.onnx': endless(),
      'slow/config.pbtxt': `max_batch_size: 1 ${warmUp}`,
    },
    { startPatienceMs: 1 },
  )
  try {
    assert.is((await index(server)).get('slow')?.state, 'LOADING')
    assert.ok(await works(server, 'good'))
    folder.write('good2/1/model.onnx', doubling())
    void server.core.manager.poll()
    while ((await index(server)).get('good2')?.state !== 'READY') await pause(20)
    assert.ok(await works(server, 'good2'))
  } finally {
    await stop()
  }
  assert.equal(server.core.manager.pids, [])
})

slow('what is not ready in time is given up', () =>
  withServer(
    { 'm/1/model.onnx': doubling(), 'n/1/model.onnx': doubling() },
    { loadTimeoutMs: 1 },
    async (server) => {
      for (const { state, reason } of (await index(server)).values()) {
        assert.is(state, 'UNAVAILABLE')
        assert.match(reason, 'must be ready within 1 ms')
      }
      assert.equal(server.core.manager.pids, [])
    },
  ),
)

slow('a model that zeros keep busy for good is served nevertheless', async () => {
  // As much time as this machine needs.
  for (let loadTimeoutMs = 2000; ; loadTimeoutMs *= 2) {
    const { server, stop } = await startServer({ 'm/1/model.onnx': endless() }, { loadTimeoutMs })
    const state = (await index(server)).get('m')?.state
    await stop()
    if (state === 'READY') break
    assert.ok(loadTimeoutMs < 300_000)
  }
})

test('the bounds of options are told', async () => {
  for (const [options, told] of [
    [{ threads: 100_000 }, 'serve: threads: must be a number from 0 to 256, got 100000'],
    [{ instances: 1000 }, 'serve: instances: must be a number from 0 to 64, got 1000'],
    [{ maxBatch: 1e9 }, 'serve: maxBatch: must be a number from 0 to 65536, got 1000000000'],
    [{ maxDelayMs: 1e12 }, 'serve: maxDelayMs: must be a number from 0 to 3600000'],
    [{ token: '' }, 'token: must be visible ASCII characters without spaces, at least one'],
    [{ token: 'a b' }, 'token: must be visible ASCII characters without spaces'],
    [
      { control: 'explicit', adminPort: 0, adminToken: 'ü' },
      'adminToken: must be visible ASCII characters',
    ],
  ] as const) {
    await startServer({ 'm/1/model.onnx': doubling() }, options).then(
      () => assert.unreachable(),
      (error: Error) => assert.ok(error.message.includes(told), error.message),
    )
  }
})

test.run()
