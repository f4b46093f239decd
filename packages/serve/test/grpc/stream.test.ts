import { once } from 'node:events'
import { tieredSuite } from '@ashlar/test-support'
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import * as assert from 'uvu/assert'
import { serviceConstructor } from '../../src/grpc/server.ts'
import type { Server } from '../../src/index.ts'
import { counting, doubling } from '../support/onnx-models.ts'
import { call as callHttp, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('streams and typed contents over gRPC')

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const MEBIBYTE = 2 ** 20

async function connect(server: Server) {
  const { grpc } = await server.listen()
  return new (serviceConstructor())(grpc!, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  })
}

const raw = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)
const infer = {
  model_name: 'm',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3] }],
  raw_input_contents: [raw(1, 2, 3)],
}

/** What is held of the budget of bodies: a request that fits into the rest alone is answered. */
async function fits(server: Server, bytes: number): Promise<boolean> {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }]
  const body = { id: 'x'.repeat(bytes), inputs }
  return (await callHttp(server, 'POST', '/v2/models/m/infer', { body })).status === 200
}

test('a client that does not read is not read either', () =>
  withServer({ 'm/1/model.onnx': doubling() }, { grpcPort: 0 }, async (server) => {
    const client = await connect(server)
    const call = client.ModelStreamInfer!()
    // Until somebody asks for a message, grpc-js's client takes all that come into memory of its own; then, some ahead of who reads.
    call.read(0)
    call.on('error', () => undefined)
    const id = 'x'.repeat(4 * MEBIBYTE)
    let sent = 0
    const before = process.memoryUsage().rss
    // The stream of the client says when what it was given has gone.
    const writing = (async () => {
      for (; sent < 200; sent += 1) {
        if (!call.write({ ...infer, id })) await once(call, 'drain')
      }
    })().catch(() => undefined)
    let last = -1
    while (last !== sent) {
      last = sent
      await pause(500)
    }
    assert.ok(sent < 60, `${sent} of 200 messages were taken`)
    const { pending, statistics } = server.core.statistics('m')[0]!
    assert.ok(statistics.success.count + pending < 20, `${statistics.success.count} were run`)
    assert.ok(process.memoryUsage().rss - before < 600 * MEBIBYTE)
    // Others are answered meanwhile.
    assert.ok(await fits(server, 1))
    call.cancel()
    client.close()
    await Promise.race([writing, pause(100)])
  }))

slow('a stream that is read goes on for longer than the budget', () =>
  withServer(
    { 'm/1/model.onnx': doubling() },
    { grpcPort: 0, limits: { pendingBytes: 20 * MEBIBYTE } },
    async (server) => {
      const client = await connect(server)
      const call = client.ModelStreamInfer!()
      const ids: string[] = []
      call.on('data', ({ infer_response: answer }: { infer_response: { id: string } }) =>
        ids.push(answer.id.slice(0, 3)),
      )
      for (let count = 0; count < 60; count += 1) {
        const id = `${100 + count}${'x'.repeat(MEBIBYTE)}`
        if (!call.write({ ...infer, id })) await once(call, 'drain')
      }
      call.end()
      await once(call, 'end')
      assert.equal(
        ids,
        Array.from({ length: 60 }, (_, index) => String(100 + index)),
      )
      client.close()
      while (!(await fits(server, 19 * MEBIBYTE))) await pause(20)
    },
  ),
)

slow('calls count with all other bodies, from their first byte on', () =>
  withServer(
    { 'm/1/model.onnx': doubling() },
    { grpcPort: 0, limits: { pendingBytes: 3 * MEBIBYTE } },
    async (server) => {
      const client = await connect(server)
      const error = await new Promise<ServiceError>((resolve) =>
        client.ModelInfer!({ ...infer, id: 'x'.repeat(4 * MEBIBYTE) }, resolve),
      )
      assert.is(error.code, 14, error.details)
      assert.match(error.details, `bodies of ${3 * MEBIBYTE} bytes are under way already`)
      while (!(await fits(server, 2 * MEBIBYTE))) await pause(20)
      client.close()
    },
  ),
)

test('what a cancelled stream asked for is not run', () =>
  withServer(
    { 'm/1/model.onnx': doubling(), 'c/1/model.onnx': counting() },
    { grpcPort: 0, maxBatch: 0 },
    async (server) => {
      const client = await connect(server)
      const call = client.ModelStreamInfer!()
      call.on('error', () => undefined)
      const forever = Buffer.from(BigInt64Array.of(10n ** 15n).buffer)
      const inputs = [{ name: 'x', datatype: 'INT64', shape: [1, 1] }]
      for (let count = 0; count < 5; count += 1) {
        call.write({ model_name: 'c', inputs, raw_input_contents: [forever] })
      }
      const found = () => server.core.statistics('c')[0]!
      while (found().pending < 5) await pause(5)
      call.cancel()
      while (found().pending > 0) await pause(5)
      assert.is(found().statistics.failures.CANCELED, 5)
      assert.is(found().statistics.success.count, 0)
      client.close()
    },
  ))

slow('a message that does not end is given up', () =>
  withServer(
    { 'm/1/model.onnx': doubling() },
    { grpcPort: 0, limits: { requestTimeoutMs: 150 } },
    async (server) => {
      const client = await connect(server)
      // A call whose one message never comes.
      const call = client.makeClientStreamRequest(
        '/inference.GRPCInferenceService/ModelInfer',
        (value: Buffer) => value,
        (value: Buffer) => value,
        new Metadata(),
        () => undefined,
      )
      const [error] = (await once(call, 'status')) as [{ code: number }]
      assert.is(error.code, 1)
      client.close()
    },
  ),
)

test('NaN and infinities are taken in typed contents', () =>
  withServer({ 'm/1/model.onnx': doubling() }, { grpcPort: 0 }, async (server) => {
    const client = await connect(server)
    const ask = (contents: object) =>
      new Promise<{ raw_output_contents: Buffer[] }>((resolve, reject) => {
        const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], contents }]
        client.ModelInfer!(
          { model_name: 'm', inputs },
          (error: ServiceError | null, answer: { raw_output_contents: Buffer[] }) =>
            error === null ? resolve(answer) : reject(error),
        )
      })
    const { raw_output_contents } = await ask({ fp32_contents: [Number.NaN, -Infinity, -0] })
    const values = [...new Float32Array(new Uint8Array(raw_output_contents[0]!).buffer)]
    assert.ok(Number.isNaN(values[0]))
    assert.equal(values.slice(1), [-Infinity, -0])
    const short = await ask({ fp32_contents: [1] }).catch((error: ServiceError) => error.details)
    assert.is(short, 'input "x": FP32 [1, 3] must have 3 elements, got 1')
    const shared = await new Promise<ServiceError>((resolve) =>
      client.ModelInfer!(
        {
          ...infer,
          outputs: [{ name: 'y', parameters: { shared_memory_region: { string_param: 'r' } } }],
        },
        resolve,
      ),
    )
    assert.is(shared.code, 3)
    assert.match(shared.details, 'there is no shared memory here')
    client.close()
  }))

test('a token may come with its scheme in any case', () =>
  withServer({ 'm/1/model.onnx': doubling() }, { grpcPort: 0, token: 'secret' }, async (server) => {
    const client = await connect(server)
    const ask = (authorization: string) =>
      new Promise<number>((resolve) => {
        const metadata = new Metadata()
        metadata.set('authorization', authorization)
        client.ModelInfer!(infer, metadata, (error: ServiceError | null) =>
          resolve(error?.code ?? 0),
        )
      })
    assert.is(await ask('bearer secret'), 0)
    assert.is(await ask('BEARER secret'), 0)
    assert.is(await ask('bearer Secret'), 16)
    client.close()
  }))

test.run()
