import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PAGE_PATH, type PageOptions, servePage } from '../src/index.ts'

interface Context {
  readonly folder: string
  readonly server: FastifyInstance
}

const test = suite<Context>('servePage')
const MODEL = Buffer.from('not a model, but its bytes')

test.before(async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-page-'))
  const file = join(folder, 'model.onnx')
  writeFileSync(file, MODEL)
  writeFileSync(join(folder, 'secret.txt'), 'the inside')
  const options: PageOptions = {
    model: 'digits "v1"',
    file,
    card: { title: 'Digits', sections: [{ title: 'Accuracy', rows: [['test', '99 %']] }] },
    labels: ['zero', 'one'],
    samples: {
      height: 1,
      width: 2,
      pixels: Uint8Array.of(0, 255, 128, 1),
      labels: ['zero', 'one'],
    },
  }
  const server = fastify()
  await server.register(servePage, options)
  Object.assign(context, { folder, server })
})

test.after(async ({ folder, server }) => {
  await server.close()
  rmSync(folder, { recursive: true })
})

test('/ is the page, and everything that it names is there', async ({ server }) => {
  const page = await server.inject('/')
  assert.is(page.statusCode, 200)
  assert.match(page.headers['content-type'] as string, /^text\/html/)
  const names = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name!)
  assert.ok(names.length >= 4)
  for (const name of names) assert.is((await server.inject(`/${name}`)).statusCode, 200, name)
})

test('every module is there, under the name by which it is imported', async ({ server }) => {
  const seen = new Set<string>()
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return
    seen.add(path)
    const { statusCode, headers, body } = await server.inject(path)
    assert.is(statusCode, 200, path)
    assert.match(headers['content-type'] as string, /javascript/, path)
    if (path.includes('/ort/')) return
    for (const [, name] of body.matchAll(/ from '(\.[^']+)'/g)) {
      await visit(new URL(name!, `http://page${path}`).pathname)
    }
  }
  await visit(`${PAGE_PATH}/main.js`)
  assert.ok(seen.size >= 8, [...seen].join(' '))
})

test('the page may load nothing from elsewhere', async ({ server }) => {
  for (const path of ['/', `${PAGE_PATH}/main.js`, `${PAGE_PATH}/card.json`]) {
    const { headers } = await server.inject(path)
    assert.match(headers['content-security-policy'] as string, /^default-src 'none'/)
    assert.is(headers['x-content-type-options'], 'nosniff')
  }
  const { body } = await server.inject('/')
  assert.not.match(body, /https?:\/\//)
})

test('onnxruntime-web comes from its package: what is needed, and nothing else', async ({
  server,
}) => {
  const wasm = await server.inject(`${PAGE_PATH}/ort/ort-wasm-simd-threaded.wasm`)
  assert.is(wasm.statusCode, 200)
  assert.is(wasm.headers['content-type'], 'application/wasm')
  assert.equal([...wasm.rawPayload.subarray(0, 4)], [0, 0x61, 0x73, 0x6d])
  assert.is((await server.inject(`${PAGE_PATH}/ort/ort.all.mjs`)).statusCode, 404)
})

test('the card is what it was told, with the name to ask the server by', async ({ server }) => {
  assert.equal((await server.inject(`${PAGE_PATH}/card.json`)).json(), {
    model: 'digits "v1"',
    title: 'Digits',
    sections: [{ title: 'Accuracy', rows: [['test', '99 %']] }],
    labels: ['zero', 'one'],
  })
})

test('samples are images with labels', async ({ server }) => {
  const { images } = (await server.inject(`${PAGE_PATH}/samples.json`)).json()
  assert.equal(images, [
    { label: 'zero', pixels: Buffer.from([0, 255]).toString('base64') },
    { label: 'one', pixels: Buffer.from([128, 1]).toString('base64') },
  ])
})

test('the file is given for download under a name that a header can hold', async ({ server }) => {
  const { headers, rawPayload } = await server.inject(`${PAGE_PATH}/model.onnx`)
  assert.is(headers['content-disposition'], 'attachment; filename="digits__v1_.onnx"')
  assert.ok(rawPayload.equals(MODEL))
})

test('nothing else of the folder of the model, or above the page, is given', async ({ server }) => {
  for (const path of [
    'secret.txt',
    '../index.ts',
    '..%2findex.ts',
    '%2e%2e/index.ts',
    'ort/../../index.ts',
    'ort/package.json',
  ]) {
    const { statusCode, body } = await server.inject(`${PAGE_PATH}/${path}`)
    assert.ok([403, 404].includes(statusCode), `${path}: ${statusCode}`)
    assert.not.match(body, /the inside|servePage/)
  }
})

test('a server without samples says so', async () => {
  const server = fastify()
  await server.register(servePage, {
    model: 'm',
    file: '/nowhere/model.onnx',
    card: { title: 'M', sections: [] },
  })
  assert.equal((await server.inject(`${PAGE_PATH}/samples.json`)).json(), { images: [] })
  await server.close()
})

test.run()
