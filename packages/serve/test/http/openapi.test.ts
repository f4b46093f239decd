import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { createApp } from '../../src/http/app.ts'
import { Budget } from '../../src/http/budget.ts'
import { defaultLimits } from '../../src/index.ts'
import { doubling } from '../support/onnx-models.ts'
import { call, type Started, startServer } from '../support/server.ts'

const test = suite('OpenAPI')

interface Operation {
  readonly responses: Readonly<Record<string, Response>>
}

interface Response {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { schema: object }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly responses: Readonly<Record<string, Response>> }
}

const document = parse(
  readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'),
) as Document

/** Only what is used here: formats and vendor words of OpenAPI are passed over. */
const ajv = new Ajv({ strict: false })
ajv.addSchema(document, 'api')

let started: Started

test.before(async () => {
  started = await startServer(
    { 'm/1/model.onnx': doubling(), 'bad/1/model.onnx': '{}' },
    { control: 'explicit', adminPort: 0, adminToken: 't' },
  )
})

test.after(() => started.stop())

const X = { name: 'x', datatype: 'FP32', shape: [1, 3] }
const GOOD = { inputs: [{ ...X, data: [1, 2, 3] }] }

/** `[method, path of the file, address, body, status]` */
const calls: readonly (readonly ['get' | 'post', string, string, unknown, number])[] = [
  ['get', '/v2', '/v2', undefined, 200],
  ['get', '/v2/', '/v2/', undefined, 200],
  ['get', '/v2/health/live', '/v2/health/live', undefined, 200],
  ['get', '/v2/health/ready', '/v2/health/ready', undefined, 400],
  ['get', '/v2/models', '/v2/models', undefined, 200],
  ['get', '/v2/models/stats', '/v2/models/stats', undefined, 200],
  ...(['', '/versions/{version}'] as const).flatMap((suffix) => {
    const path = `/v2/models/{model}${suffix}`
    const at = (model: string) => `/v2/models/${model}${suffix.replace('{version}', '1')}`
    return [
      ...(['', '/config', '/ready', '/stats'] as const).flatMap((what) => [
        ['get', `${path}${what}`, `${at('m')}${what}`, undefined, 200] as const,
        ['get', `${path}${what}`, `${at('none')}${what}`, undefined, 404] as const,
      ]),
      ['get', path, at('bad'), undefined, 503] as const,
      ['get', `${path}/ready`, `${at('bad')}/ready`, undefined, 400] as const,
      ['post', `${path}/infer`, `${at('m')}/infer`, GOOD, 200] as const,
      ['post', `${path}/infer`, `${at('m')}/infer`, {}, 400] as const,
      ['post', `${path}/infer`, `${at('none')}/infer`, GOOD, 404] as const,
      ['post', `${path}/infer`, `${at('bad')}/infer`, GOOD, 503] as const,
    ]
  }),
  ['post', '/v2/repository/index', '/v2/repository/index', undefined, 200],
  ['post', '/v2/repository/index', '/v2/repository/index', [], 400],
  ['post', '/v2/repository/models/{model}/load', '/v2/repository/models/m/load', {}, 403],
  ['post', '/v2/repository/models/{model}/unload', '/v2/repository/models/m/unload', {}, 403],
]

for (const [method, path, url, body, status] of calls) {
  test(`${method} ${url} ${JSON.stringify(body) ?? ''} -> ${status}`, async () => {
    const verb = method.toUpperCase() as 'GET' | 'POST'
    await holds(started.server.http, verb, path, url, body, status)
  })
}

test('loading and unloading on the admin port', async () => {
  const headers = { authorization: 'Bearer t' }
  for (const what of ['load', 'unload']) {
    const path = `/v2/repository/models/{model}/${what}`
    const url = `/v2/repository/models/m/${what}`
    await holds(started.server.admin!, 'POST', path, url, {}, 200, headers)
    await holds(started.server.admin!, 'POST', path, url, {}, 401)
    await holds(started.server.admin!, 'POST', path, url.replace('/m/', '/none/'), {}, 404, headers)
  }
})

async function holds(
  http: FastifyInstance,
  method: 'GET' | 'POST',
  path: string,
  url: string,
  body: unknown,
  status: number,
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await call({ http }, method, url, {
    headers,
    ...(body === undefined ? {} : { body }),
  })
  assert.is(answer.status, status, JSON.stringify(answer.json))
  const described = document.paths[path]?.[method.toLowerCase()]?.responses[status]
  assert.ok(described, `${method} ${path} ${status} is not in the file`)
  const name = described.$ref?.split('/').at(-1)
  const { content } = name === undefined ? described : document.components.responses[name]!
  const schema = content!['application/json']!.schema
  const place = JSON.stringify(schema).replaceAll('#/components', 'api#/components')
  const validate = ajv.compile(JSON.parse(place))
  assert.ok(
    validate(answer.json),
    `${JSON.stringify(answer.json)}: ${ajv.errorsText(validate.errors)}`,
  )
}

test('the file and the server have the same routes', async () => {
  const own = new Set<string>()
  const { server } = started
  const app = await createApp({
    core: server.core,
    limits: defaultLimits,
    log: pino({ level: 'silent' }),
    token: undefined,
    cors: [],
    host: '127.0.0.1',
    allowedHosts: [],
    budget: new Budget(0),
    plugins: [
      (instance) => {
        instance.addHook('onRoute', ({ method, url }) => {
          // Routes that only answer 405 have most methods at once.
          for (const one of [method].flat())
            if ([method].flat().length < 3) own.add(`${one} ${url}`)
        })
      },
      ...server.routes,
    ],
  })
  await app.close()
  const ours = [...own]
    .filter((route) => !route.startsWith('HEAD '))
    .map((route) => route.replace(/:(\w+)/g, '{$1}'))
    .sort()
  const theirs = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.equal(ours, theirs.sort())
})

test.run()
