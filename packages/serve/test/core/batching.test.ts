import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { datatypes } from '../../src/protocol/datatypes.ts'
import type { RequestError } from '../../src/protocol/errors.ts'
import { distinct, doubling, identity, lookUp, slow } from '../support/onnx-models.ts'
import { floats, withServer } from '../support/server.ts'

const { test, slow: slowly } = tieredSuite('batching')

/** A request for a model with one input. */
function ask(
  server: Server,
  model: string,
  name: string,
  type: string,
  shape: number[],
  data: Uint8Array,
  parameters = {},
) {
  const inputs = [{ name, datatype: datatypes.get(type)!, shape, data }]
  return server.core.infer({ model, parameters, inputs })
}

const bytes = (array: Float32Array | BigInt64Array) => new Uint8Array(array.buffer)

const double = (server: Server, value: number) =>
  ask(server, 'm', 'x', 'FP32', [1, 3], bytes(Float32Array.of(value, 0, 0)))

const statistics = (server: Server) => server.core.statistics('m')[0]!.statistics

test('requests that come together are run together, and each gets its own rows', () =>
  withServer({ 'm/1/model.onnx': doubling() }, {}, async (server) => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => double(server, i)))
    for (const [index, { outputs }] of answers.entries()) {
      assert.equal(outputs[0]!.shape, [1, 3])
      assert.equal(floats(outputs[0]!.data), [2 * index, 0, 0])
    }
    const { inferenceCount, executionCount, batches, success, lastInference } = statistics(server)
    assert.is(inferenceCount, 100)
    assert.is(success.count, 100)
    assert.ok(executionCount < 20, `${executionCount} runs`)
    assert.ok(lastInference > 1e12)
    let samples = 0
    for (const [size, { computeInfer }] of batches) samples += size * computeInfer.count
    assert.is(samples, 100)
  }))

slowly('text is joined and taken apart', () =>
  withServer({ 'm/1/model.onnx': identity('STRING', ['batch', 1]) }, {}, async (server) => {
    const words = ['a', 'bcd', '', 'grüß']
    const answers = await Promise.all(
      words.map((word) => {
        const text = Buffer.from(word)
        const length = Buffer.alloc(4)
        length.writeUInt32LE(text.length)
        return ask(server, 'm', 'x', 'BYTES', [1, 1], Buffer.concat([length, text]))
      }),
    )
    assert.equal(
      answers.map(({ outputs }) => Buffer.from(outputs[0]!.data.subarray(4)).toString()),
      words,
    )
    assert.is(statistics(server).executionCount, 1)
  }),
)

slowly('requests of different sizes behind the batch are not joined', () =>
  withServer({ 'm/1/model.onnx': identity('FLOAT', ['batch', 'width']) }, {}, async (server) => {
    const widths = [1, 2, 2, 3]
    const answers = await Promise.all(
      widths.map((width) =>
        ask(server, 'm', 'x', 'FP32', [1, width], bytes(new Float32Array(width).fill(width))),
      ),
    )
    assert.equal(
      answers.map(({ outputs }) => floats(outputs[0]!.data)),
      [[1], [2, 2], [2, 2], [3, 3, 3]],
    )
    assert.is(statistics(server).executionCount, 3)
  }),
)

test('a guilty request fails alone', () =>
  withServer({ 'm/1/model.onnx': lookUp() }, {}, async (server) => {
    const row = (index: bigint) =>
      ask(server, 'm', 'index', 'INT64', [1, 1], bytes(BigInt64Array.of(index)))
    const answers = await Promise.allSettled([row(1n), row(99n), row(3n)])
    assert.equal(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? floats(answer.value.outputs[0]!.data) : answer.reason.kind,
      ),
      [[2, 3], 'INTERNAL', [6, 7]],
    )
    const { reason } = answers[1] as PromiseRejectedResult
    assert.is(
      reason.message,
      'model "m": onnxruntime could not run it on these inputs; its reason is in the log of the server',
    )
    assert.is(statistics(server).failures.BACKEND, 1)
    assert.is(statistics(server).success.count, 2)
  }))

slowly('a model whose rows are not samples is found out, and run request by request', () =>
  withServer({ 'm/1/model.onnx': distinct() }, {}, async (server) => {
    const set = (value: number) =>
      ask(server, 'm', 'x', 'FP32', [1, 2], bytes(Float32Array.of(value, value)))
    const answers = await Promise.all([set(1), set(2), set(3)])
    assert.equal(
      answers.map(({ outputs }) => floats(outputs[0]!.data)),
      [[1], [2], [3]],
    )
  }),
)

test('a full queue refuses, and says when to come again', () =>
  withServer(
    { 'm/1/model.onnx': slow(20), 'm/config.pbtxt': 'max_batch_size: 0' },
    { maxQueue: 2 },
    async (server) => {
      const wait = () => heavy(server)
      const first = wait()
      await started()
      const answers = await Promise.allSettled([first, ...Array.from({ length: 6 }, wait)])
      const refused = answers.filter((answer) => answer.status === 'rejected')
      assert.ok(refused.length > 0)
      for (const { reason } of refused) {
        assert.is((reason as RequestError).kind, 'UNAVAILABLE')
        assert.match(reason.message, 'Exceeds maximum queue size: 2 requests wait already')
      }
      assert.is(statistics(server).failures.REJECTED, refused.length)
    },
  ))

test('a request that waits or runs longer than it may is given up; the model goes on', () =>
  withServer({ 'm/1/model.onnx': slow(40) }, { maxBatch: 1 }, async (server) => {
    const late = await Promise.allSettled([
      heavy(server, { timeout: 20_000 }),
      heavy(server),
      heavy(server),
      heavy(server, { timeout: 20_000 }),
    ])
    assert.equal(
      late.map((answer) => (answer.status === 'rejected' ? answer.reason.kind : 'answered')),
      ['DEADLINE_EXCEEDED', 'answered', 'answered', 'UNAVAILABLE'],
    )
    assert.match((late[0] as PromiseRejectedResult).reason.message, 'expired while it ran')
    assert.match((late[3] as PromiseRejectedResult).reason.message, 'expired while it waited')
  }))

slowly('a request whose client goes is taken out of the queue', () =>
  withServer({ 'm/1/model.onnx': slow(20) }, { maxBatch: 1 }, async (server) => {
    const kept = heavy(server)
    const others = Array.from({ length: 5 }, () =>
      server.core.infer({ ...heavyRequest(), isGone: () => true }),
    )
    const answers = await Promise.allSettled(others)
    assert.ok(answers.every((answer) => answer.status === 'rejected'))
    assert.is((answers[4] as PromiseRejectedResult).reason.kind, 'CANCELLED')
    await kept
    assert.is(statistics(server).failures.CANCELED, 5)
  }),
)

slowly('with a delay, the oldest request waits for others', () =>
  // It waits until there are two, as nobody waits for an hour.
  withServer(
    { 'm/1/model.onnx': doubling() },
    { maxDelayMs: 3_600_000, maxBatch: 2 },
    async (server) => {
      const first = double(server, 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await Promise.all([first, double(server, 2)])
      assert.is(statistics(server).executionCount, 1)
    },
  ),
)

function heavyRequest() {
  const data = new Uint8Array(512 * 512 * 4)
  const inputs = [{ name: 'x', datatype: datatypes.get('FP32')!, shape: [1, 512, 512], data }]
  return { model: 'm', parameters: {}, inputs }
}

function heavy(server: Server, parameters = {}) {
  return server.core.infer({ ...heavyRequest(), parameters })
}

function started(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

test.run()
