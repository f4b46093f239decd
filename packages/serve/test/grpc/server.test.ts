// biome-ignore-all lint/suspicious/noExplicitAny: messages are what the service's descriptor says.

import { type Encodings, encodingMetadata, readEncodings } from '@ashlar/core/encoding'
import { type ClientUnaryCall, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serviceConstructor } from '../../src/grpc/server.ts'
import { doubling, identity, slow, sumAndDifference } from '../support/onnx-models.ts'
import { type Started, startServer, withServer } from '../support/server.ts'

const test = suite('gRPC')

const TOLD: Encodings = {
  input: {
    kind: 'table',
    delimiter: ',',
    columns: ['a', 'b', 'c'].map((name) => ({ kind: 'number', name, mean: 2, std: 3 })),
  },
  output: { task: 'classification', classes: ['x', 'y', 'z'], gives: 'logits' },
}

let started: Started
let url: string
let ask: (method: string, request?: object, token?: string) => Promise<Record<string, any>>
let admin: typeof ask
let stream: (requests: readonly object[]) => Promise<Record<string, any>[]>
const closes: (() => void)[] = []

test.before(async () => {
  started = await startServer(
    {
      'double/1/model.onnx': doubling(),
      'simple/1/model.onnx': sumAndDifference(),
      'long/1/model.onnx': identity('INT64', ['batch', 1]),
      'text/1/model.onnx': identity('STRING', ['batch', 1]),
      'half/1/model.onnx': identity('FLOAT16', ['batch', 1]),
      'told/1/model.onnx': doubling(2, encodingMetadata(TOLD)),
    },
    {
      grpcPort: 0,
      control: 'explicit',
      adminGrpcPort: 0,
      adminToken: 'secret',
      limits: { bodyBytes: 100_000 },
    },
  )
  const { grpc, adminGrpc, http } = await started.server.listen()
  url = http
  const client = connect(grpc!)
  ask = client.ask
  stream = client.stream
  admin = connect(adminGrpc!).ask
})

test.after(async () => {
  for (const close of closes) close()
  await started.stop()
})

function connect(address: string) {
  const Client = serviceConstructor()
  const client = new Client(address, credentials.createInsecure())
  closes.push(() => client.close())
  return {
    ask: (method: string, request: object = {}, token?: string) =>
      new Promise<Record<string, any>>((resolve, reject) => {
        const metadata = new Metadata()
        if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
        client[method]!(request, metadata, (error: ServiceError | null, answer: object) =>
          error === null ? resolve(answer) : reject(error),
        )
      }),
    stream: (requests: readonly object[]) =>
      new Promise<Record<string, any>[]>((resolve, reject) => {
        const call = client.ModelStreamInfer!()
        const answers: Record<string, any>[] = []
        call.on('data', (answer: Record<string, any>) => answers.push(answer))
        call.on('end', () => resolve(answers))
        call.on('error', reject)
        for (const request of requests) call.write(request)
        call.end()
      }),
  }
}

const raw = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)
const X = { name: 'x', datatype: 'FP32', shape: [1, 3] }
const infer = { model_name: 'double', id: '7', inputs: [X], raw_input_contents: [raw(1, 2, 3)] }

async function refusal(asking: Promise<unknown>): Promise<ServiceError> {
  return asking.then(
    () => assert.unreachable() as never,
    (error: ServiceError) => error,
  )
}

test('health and metadata', async () => {
  assert.equal(await ask('ServerLive'), { live: true })
  assert.equal(await ask('ServerReady'), { ready: true })
  assert.equal(await ask('ModelReady', { name: 'double' }), { ready: true })
  assert.is((await ask('ServerMetadata')).name, 'ashlar')
  assert.equal(await ask('ModelMetadata', { name: 'double', version: '1' }), {
    name: 'double',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['-1', '3'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['-1', '3'] }],
    properties: {},
  })
  const { config } = await ask('ModelConfig', { name: 'double' })
  assert.is(config.max_batch_size, 64)
  assert.is(config.input[0].data_type, 'TYPE_FP32')
})

test('a model says how its data is made, as over HTTP', async () => {
  const { properties } = await ask('ModelMetadata', { name: 'told' })
  const { input, output } = readEncodings(new Map(Object.entries(properties)), 'told')
  assert.equal({ input, output }, TOLD)
  const response = await fetch(`${url}/v2/models/told`)
  assert.equal(properties, ((await response.json()) as { properties: object }).properties)
})

test('raw tensors', async () => {
  const { model_version, id, outputs, raw_output_contents } = await ask('ModelInfer', infer)
  assert.is(model_version, '1')
  assert.is(id, '7')
  assert.equal(outputs[0].shape, ['1', '3'])
  assert.ok(raw_output_contents[0].equals(raw(2, 4, 6)))
})

test('tensors as lists, 64 bits exactly', async () => {
  const { raw_output_contents: sums } = await ask('ModelInfer', {
    model_name: 'simple',
    inputs: ['a', 'b'].map((name) => ({
      name,
      datatype: 'INT32',
      shape: [1, 4],
      contents: { int_contents: [1, 2, 3, -4] },
    })),
    outputs: [{ name: 'sum' }],
  })
  assert.is(sums.length, 1)
  assert.ok(sums[0].equals(Buffer.from(Int32Array.of(2, 4, 6, -8).buffer)))
  const { raw_output_contents: long } = await ask('ModelInfer', {
    model_name: 'long',
    inputs: [
      {
        name: 'x',
        datatype: 'INT64',
        shape: [1, 1],
        contents: { int64_contents: ['9007199254740993'] },
      },
    ],
  })
  assert.is(long[0].readBigInt64LE(), 9007199254740993n)
  const { raw_output_contents: text } = await ask('ModelInfer', {
    model_name: 'text',
    inputs: [
      {
        name: 'x',
        datatype: 'BYTES',
        shape: [1, 1],
        contents: { bytes_contents: [Buffer.from('grüß')] },
      },
    ],
  })
  assert.is(text[0].subarray(4).toString(), 'grüß')
})

const wrong: readonly [request: object, code: number, details: string][] = [
  [{ ...infer, model_name: 'none' }, 5, 'model "none": Request for unknown model'],
  [{ ...infer, model_version: '9' }, 5, 'model "double" version 9'],
  [{ ...infer, inputs: [{ ...X, shape: [1, -3] }] }, 3, 'shape must be a list of whole numbers'],
  [{ ...infer, inputs: [{ ...X, datatype: 'INT3' }] }, 3, 'datatype must be one of'],
  [{ ...infer, raw_input_contents: [raw(1)] }, 3, 'FP32 [1, 3] must have 12 bytes, got 4'],
  [{ ...infer, raw_input_contents: [raw(1), raw(1)] }, 3, 'must have one item for each input'],
  [
    { ...infer, inputs: [{ ...X, contents: { fp32_contents: [1, 2, 3] } }] },
    3,
    'contents must be empty when raw contents are sent',
  ],
  [
    { ...infer, raw_input_contents: [], inputs: [{ ...X, contents: { int_contents: [1, 2, 3] } }] },
    3,
    'elements must be in fp32_contents',
  ],
  [
    { ...infer, raw_input_contents: [], inputs: [{ ...X, datatype: 'FP16' }], model_name: 'half' },
    3,
    'FP16 must be sent as raw contents',
  ],
  [{ ...infer, parameters: { triton_x: { bool_param: true } } }, 3, 'triton_ are reserved'],
  [{ ...infer, parameters: { timeout: { int64_param: -1 } } }, 3, 'must be a whole number from 0'],
  [{ ...infer, raw_input_contents: [Buffer.alloc(200_000)] }, 8, 'larger than max'],
]

for (const [request, code, details] of wrong) {
  test(`refuses: ${details}`, async () => {
    const error = await refusal(ask('ModelInfer', request))
    assert.is(error.code, code, error.details)
    assert.ok(error.details.includes(details), error.details)
    assert.equal(await ask('ServerLive'), { live: true })
  })
}

test('a stream answers in order, and goes on after an error', async () => {
  const answers = await stream([
    { ...infer, id: 'a' },
    { ...infer, model_name: 'none' },
    { ...infer, id: 'c' },
  ])
  assert.equal(
    answers.map(({ infer_response, error_message }) => infer_response?.id ?? error_message),
    ['a', 'model "none": Request for unknown model: it is not found', 'c'],
  )
})

test('statistics and index', async () => {
  const { model_stats } = await ask('ModelStatistics', { name: 'double' })
  assert.ok(Number(model_stats[0].inference_count) > 0)
  assert.ok(Number(model_stats[0].inference_stats.success.ns) > 0)
  const { models } = await ask('RepositoryIndex', { ready: true })
  assert.equal(models[0], { name: 'double', version: '1', state: 'READY', reason: '' })
})

test('models are loaded and unloaded on the admin port alone, with its token', async () => {
  const request = { model_name: 'half' }
  assert.is((await refusal(ask('RepositoryModelUnload', request))).code, 7)
  assert.is((await refusal(admin('RepositoryModelUnload', request))).code, 16)
  assert.is((await refusal(admin('RepositoryModelUnload', request, 'wrong'))).code, 16)
  await admin('RepositoryModelUnload', request, 'secret')
  assert.equal(await ask('ModelReady', { name: 'half' }), { ready: false })
  await admin(
    'RepositoryModelLoad',
    {
      model_name: 'sent',
      parameters: {
        config: { string_param: '{"max_batch_size":4}' },
        'file:1/model.onnx': { bytes_param: Buffer.from(doubling(5)) },
      },
    },
    'secret',
  )
  const { raw_output_contents } = await ask('ModelInfer', { ...infer, model_name: 'sent' })
  assert.ok(raw_output_contents[0].equals(raw(5, 10, 15)))
})

test('a call that is cancelled while it waits is not run', () =>
  withServer(
    { 'm/1/model.onnx': slow(40), 'm/config.pbtxt': 'max_batch_size: 0' },
    { grpcPort: 0 },
    async (server) => {
      const { grpc } = await server.listen()
      const client = new (serviceConstructor())(grpc!, credentials.createInsecure())
      const request = {
        model_name: 'm',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 512, 512] }],
        raw_input_contents: [Buffer.alloc(512 * 512 * 4)],
      }
      const answers: string[] = []
      const ask = () =>
        client.ModelInfer!(request, (error: ServiceError | null) =>
          answers.push(error === null ? 'answered' : error.details),
        ) as ClientUnaryCall
      const found = () => server.core.statistics('m')[0]!
      const reach = async (condition: () => boolean) => {
        while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      for (let call = 0; call < 3; call += 1) ask()
      await reach(() => found().pending === 3)
      const leaving = [ask(), ask()]
      await reach(() => found().pending === 5)
      for (const call of leaving) call.cancel()
      await reach(() => found().pending === 0 && answers.length === 5)
      assert.equal(answers.sort(), [
        'Cancelled on client',
        'Cancelled on client',
        'answered',
        'answered',
        'answered',
      ])
      assert.is(found().statistics.failures.CANCELED, 2)
      client.close()
    },
  ))

test.run()
