import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createServer } from '../../src/index.ts'
import { doubling } from '../support/onnx-models.ts'
import { type Answer, call, type Started, startServer, withServer } from '../support/server.ts'

const test = suite('control of models')

const TOKEN = { authorization: 'Bearer secret' }
const options = { control: 'explicit', adminPort: 0, adminToken: 'secret' } as const
let started: Started

test.before(async () => {
  started = await startServer(
    { 'm/1/model.onnx': doubling(2), 'n/1/model.onnx': doubling() },
    {
      ...options,
      load: ['m'],
    },
  )
})

test.after(() => started.stop())

const admin = (
  method: 'GET' | 'POST',
  url: string,
  body: unknown = {},
  headers: Record<string, string> = TOKEN,
): Promise<Answer> =>
  call({ http: started.server.admin! }, method, url, {
    headers,
    ...(method === 'POST' ? { body } : {}),
  })

const first = async (model = 'm') => {
  const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }
  const { json } = await call(started.server, 'POST', `/v2/models/${model}/infer`, { body })
  return json.outputs?.[0].data[0] ?? json.error
}

test('needs its token, but for health', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'secret' }]) {
    const {
      status,
      json,
      headers: got,
    } = await admin('POST', '/v2/repository/models/m/unload', {}, headers as Record<string, string>)
    assert.is(status, 401)
    assert.is(got['www-authenticate'], 'Bearer')
    assert.match(json.error, 'Authorization: must be "Bearer" and the token')
  }
  assert.is((await admin('GET', '/v2/health/live', {}, {})).status, 200)
  assert.is((await admin('GET', '/metrics', {}, {})).status, 401)
})

test('loads and unloads; nobody can do that on the other port', async () => {
  assert.match(await first('n'), 'unknown model')
  assert.equal((await admin('POST', '/v2/repository/models/n/load')).json, {
    name: 'n',
    load: true,
  })
  assert.is(await first('n'), 2)
  const unload = { parameters: { unload_dependents: false } }
  assert.is((await admin('POST', '/v2/repository/models/n/unload', unload)).status, 200)
  assert.match(await first('n'), 'is not ready: UNAVAILABLE (unloaded)')
  assert.is((await call(started.server, 'GET', '/v2/health/ready')).status, 200)
  for (const what of ['load', 'unload']) {
    const refused = await call(started.server, 'POST', `/v2/repository/models/m/${what}`)
    assert.is(refused.status, 403)
    assert.match(refused.json.error, 'models are loaded and unloaded on the admin port')
  }
})

test('takes a configuration and a file of the client', async () => {
  const config = JSON.stringify({ max_batch_size: 8 })
  const file = Buffer.from(doubling(7)).toString('base64')
  const parameters = { config, 'file:1/model.onnx': file }
  assert.is((await admin('POST', '/v2/repository/models/sent/load', { parameters })).status, 200)
  assert.is(await first('sent'), 7)
  const { json } = await call(started.server, 'GET', '/v2/models/sent/config')
  assert.is(json.max_batch_size, 8)
  assert.is(
    (await admin('POST', '/v2/repository/models/m/load', { parameters: { config } })).status,
    200,
  )
  assert.is((await call(started.server, 'GET', '/v2/models/m/config')).json.max_batch_size, 8)
})

const FILE = Buffer.from(doubling()).toString('base64')

const wrong: readonly [parameters: Record<string, unknown>, error: string][] = [
  [{ 'file:1/model.onnx': FILE }, 'parameter config: must be given when files are'],
  [{ config: 7 }, 'parameter config: must be a configuration as JSON text'],
  [{ config: '{"backend":"python"}' }, 'backend'],
  [{ config: '{' }, 'parameter config: must be JSON'],
  [{ config: '{}', other: 1 }, 'parameter other: must be config or file:VERSION/NAME'],
  [{ config: '{}', 'file:1/model.onnx': '%%' }, 'must be the file in base64'],
  [
    { config: '{}', 'file:1/readme.txt': '' },
    'parameter file: must be a model, such as 1/model.onnx',
  ],
  [
    { config: '{}', 'file:1/model.onnx': 'AAAA' },
    'failed to load: model.onnx: must be an ONNX model',
  ],
  ...[
    '../m/1/model.onnx',
    '/etc/passwd',
    '1/../2/model.onnx',
    '0/model.onnx',
    `1/${'x'.repeat(256)}`,
  ].map((path): [Record<string, unknown>, string] => [
    { config: '{}', [`file:${path}`]: FILE },
    'parameter file: must be named as VERSION/NAME',
  ]),
]

for (const [parameters, error] of wrong) {
  test(`refuses ${JSON.stringify(parameters).slice(0, 60)}`, async () => {
    const { status, json } = await admin('POST', '/v2/repository/models/m/load', { parameters })
    assert.is(status, 400)
    assert.ok(json.error.includes(error), json.error)
    assert.type(await first(), 'number')
  })
}

test('refuses names that could be paths', async () => {
  for (const name of [
    '..',
    '../etc',
    'a/../b',
    ' ..',
    '/etc/passwd',
    ' ',
    '\t',
    'a\\b',
    'a\0b',
    'é',
  ]) {
    const url = `/v2/repository/models/${encodeURIComponent(name).replaceAll('.', '%2E')}/load`
    const { status, json } = await admin('POST', url)
    assert.ok([400, 404].includes(status), `${name}: ${status}`)
    assert.type(json.error, 'string')
  }
  const unknown = await admin('POST', '/v2/repository/models/none/load')
  assert.is(unknown.status, 404)
  assert.is((await admin('POST', '/v2/repository/models/none/unload')).status, 404)
})

test('an admin port, explicit control and a token go together', () =>
  withServer({ 'm/1/model.onnx': doubling() }, {}, async (_server, folder) => {
    for (const [given, error] of [
      [{ control: 'explicit' }, 'control "explicit" and an admin port must go together'],
      [{ adminPort: 0 }, 'control "explicit" and an admin port must go together'],
      [{ control: 'explicit', adminPort: 0 }, 'an admin port must have an admin token'],
    ] as const) {
      await createServer({ target: folder.path, ...given }).then(
        () => assert.unreachable(),
        (thrown: Error) => assert.match(thrown.message, error),
      )
    }
  }))

test.run()
