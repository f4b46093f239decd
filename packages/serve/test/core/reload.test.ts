import { rmSync } from 'node:fs'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { doubling } from '../support/onnx-models.ts'
import { call, withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('loading, reloading, unloading')

const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }

const infer = async (server: Server, version = '') => {
  const url = `/v2/models/m${version === '' ? '' : `/versions/${version}`}/infer`
  const { status, json } = await call(server, 'POST', url, { body })
  return {
    status,
    version: json.model_version,
    first: json.outputs?.[0].data[0],
    error: json.error,
  }
}

const index = async (server: Server) =>
  (await call(server, 'POST', '/v2/repository/index')).json.map(
    (item: { name: string; version: string; state: string }) =>
      `${item.name}/${item.version} ${item.state}`,
  )

test('a new version replaces the old one, and no request fails meanwhile', () =>
  withServer({ 'm/1/model.onnx': doubling(2) }, {}, async (server, folder) => {
    let going = true
    const seen = new Set<string>()
    const client = async () => {
      while (going) {
        const { status, version, first, error } = await infer(server)
        if (status !== 200) throw new Error(error)
        seen.add(`${version}: ${first}`)
      }
    }
    const clients = Promise.all([client(), client(), client()])
    folder.write('m/2/model.onnx', doubling(10))
    await server.core.manager.poll()
    folder.write('m/2/model.onnx', doubling(100))
    await server.core.manager.poll()
    while (!seen.has('2: 100')) await new Promise((resolve) => setTimeout(resolve, 5))
    going = false
    await clients
    assert.equal([...seen].sort(), ['1: 2', '2: 10', '2: 100'])
    assert.equal(await index(server), ['m/1 UNAVAILABLE', 'm/2 READY'])
    assert.is((await infer(server, '1')).status, 503)
    assert.match((await infer(server, '1')).error, 'model "m" version 1: is not ready')
  }))

test('a file that cannot be used leaves what is served; it says why, and not where', () =>
  withServer({ 'm/1/model.onnx': doubling(2) }, {}, async (server, folder) => {
    folder.write('m/1/model.onnx', Uint8Array.of(0x89, 0x50, 0x4e, 0x47))
    await server.core.manager.poll()
    assert.is((await infer(server)).first, 2)
    const [{ state, reason }] = (await call(server, 'POST', '/v2/repository/index')).json
    assert.is(state, 'READY')
    assert.match(reason, 'It is a PNG image')
    assert.not.match(reason, folder.path)
    folder.write('m/1/model.onnx', doubling(3))
    await server.core.manager.poll()
    assert.is((await infer(server)).first, 3)
  }))

slow('models come and go with their folders', () =>
  withServer({ 'm/1/model.onnx': doubling(2) }, {}, async (server, folder) => {
    folder.write('n/1/model.onnx', doubling())
    await server.core.manager.poll()
    assert.equal(await index(server), ['m/1 READY', 'n/1 READY'])
    rmSync(`${folder.path}/m`, { recursive: true })
    await server.core.manager.poll()
    assert.equal(await index(server), ['m/1 UNAVAILABLE', 'n/1 READY'])
    assert.is((await call(server, 'GET', '/v2/health/ready')).status, 200)
  }),
)

slow('the version policy says which versions are served', () =>
  withServer(
    {
      'm/1/model.onnx': doubling(1),
      'm/2/model.onnx': doubling(2),
      'm/10/model.onnx': doubling(10),
      'm/config.pbtxt': 'version_policy: { specific: { versions: [1, 10] } }',
    },
    {},
    async (server) => {
      assert.equal(await index(server), ['m/1 READY', 'm/10 READY'])
      assert.is((await infer(server)).first, 10)
      assert.is((await infer(server, '1')).first, 1)
      assert.is((await infer(server, '2')).status, 404)
      const { json } = await call(server, 'GET', '/v2/models/m')
      assert.equal(json.versions, ['1', '10'])
    },
  ),
)

slow('a model that fails at start is listed, and keeps the server from being ready', () =>
  withServer(
    { 'm/1/model.onnx': doubling(2), 'bad/1/model.onnx': new Uint8Array() },
    {},
    async (server) => {
      assert.equal(await index(server), ['bad/1 UNAVAILABLE', 'm/1 READY'])
      const ready = await call(server, 'GET', '/v2/health/ready')
      assert.is(ready.status, 400)
      assert.equal(ready.json, { ready: false })
      assert.is((await call(server, 'GET', '/v2/models/bad/ready')).status, 400)
      assert.is((await call(server, 'GET', '/v2/models/m/ready')).status, 200)
      assert.is((await infer(server)).status, 200)
    },
  ),
)

test('a model that does not fit into the memory limit is refused', () =>
  withServer({ 'm/1/model.onnx': doubling(2) }, { memoryLimit: 1 }, async (server) => {
    const [{ reason }] = (await call(server, 'POST', '/v2/repository/index')).json
    assert.match(reason, 'model "m": must fit into the memory limit of 1 bytes')
  }))

slow('requests under way are answered before the server ends', () =>
  withServer({ 'm/1/model.onnx': doubling(2) }, { maxDelayMs: 100 }, async (server) => {
    const waiting = infer(server)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await server.close()
    assert.is((await waiting).status, 200)
  }),
)

test.run()
