import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClient, createServer, type Server } from '../../src/index.ts'
import { doubling, inWords } from '../support/onnx-models.ts'
import { scratch } from '../support/scratch.ts'

const test = suite('client')
const folder = scratch()
let server: Server
let url: string

test.before(async () => {
  const target = folder.write('digits.onnx', doubling())
  const log = pino({ level: 'silent' })
  server = await createServer({ target, port: 0, token: 'secret', log })
  url = (await server.listen()).http
})

test.after(async () => {
  await server.close()
  folder.remove()
})

test('says what models there are, and what they take', async () => {
  const client = createClient({ url: `${url}/`, token: 'secret' })
  assert.equal(await client.models(), ['digits'])
  const { inputs } = await client.metadata('digits')
  assert.equal(inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }])
})

test('the largest values of each sample, with their places', async () => {
  const client = createClient({ url, token: 'secret' })
  // A view that does not begin at the start of its buffer.
  const data = new Float32Array([9, 1, 3, 2, 6, 5, 4]).subarray(1)
  const classes = await client.classify('digits', { name: 'x', shape: [2, 3], data }, 2)
  assert.equal(classes, [
    [
      { index: 1, value: 6 },
      { index: 2, value: 4 },
    ],
    [
      { index: 0, value: 12 },
      { index: 1, value: 10 },
    ],
  ])
})

test("the server's error is told with where and what", async () => {
  const client = createClient({ url, token: 'secret' })
  await refused(
    client.metadata('nobody'),
    /models\/nobody: the server must answer, got .*404: .*nobody/,
  )
})

test('a wrong token is told', async () => {
  await refused(createClient({ url, token: 'guess' }).models(), /401: /)
})

test('numbers of a model that gives text as well', async () => {
  const target = folder.write('words.onnx', inWords())
  const words = await createServer({ target, port: 0, log: pino({ level: 'silent' }) })
  try {
    const client = createClient({ url: (await words.listen()).http })
    const { outputs } = await client.metadata('words')
    assert.equal(
      outputs.map(({ datatype }) => datatype),
      ['BYTES', 'FP32'],
    )
    const x = { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const
    const found = await client.inferNamed('words', { x })
    assert.equal(Object.keys(found), ['y'])
    const doubled = Float32Array.from(x.data, (each) => 2 * each)
    assert.equal(found.y, { ...x, data: doubled })
    assert.equal(await client.infer('words', { name: 'x', ...x }), doubled)
    assert.equal(await client.classify('words', { name: 'x', ...x }, 1), [
      [{ index: 2, value: 6 }],
      [{ index: 2, value: 12 }],
    ])
  } finally {
    await words.close()
  }
})

test('nobody there: what to do', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1' })
  await refused(client.models(), /a server must answer there.*[\s\S]*ashlar serve/)
})

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await promise
  } catch (error) {
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable(`must be refused: ${message}`)
}

test.run()
