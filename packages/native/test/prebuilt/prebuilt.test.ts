import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { EngineError } from '@ashlar/errors'
import { packTar } from 'modern-tar'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemEffects } from '../../src/effects/effects.ts'
import { fetchPrebuilt, prebuiltAddresses } from '../../src/prebuilt/prebuilt.ts'
import { TARGET } from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('fetchPrebuilt')

const MANIFEST = {
  binary: { host: 'https://a.test/b', remote_path: './napi-v{napi_build_version}/{version}/' },
}

test('knows the addresses of the package, and the variables that move them', () => {
  const plain = prebuiltAddresses(TARGET, MANIFEST, {})!
  assert.is(plain.binding, 'https://a.test/b/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz')
  assert.ok(
    plain.libraries.endsWith(
      '/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
    ),
  )
  const moved = prebuiltAddresses(TARGET, MANIFEST, {
    TFJS_NODE_CDN_STORAGE: 'https://mirror.test/',
    npm_config_tfjs_binding_binary_host_mirror: 'https://mirror.test/addon/',
  })!
  assert.ok(moved.libraries.startsWith('https://mirror.test/tensorflow/libtensorflow/'))
  assert.ok(moved.binding.startsWith('https://mirror.test/addon/napi-v8/'))
  assert.is(prebuiltAddresses({ ...TARGET, libc: 'musl' }, MANIFEST, {}), undefined)
})

async function tar(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, body]) => ({
    header: { name, size: Buffer.byteLength(body), type: 'file' as const },
    body,
  }))
  return gzipSync(await packTar(entries))
}

/** Serves files by the end of their path, to one fetch. */
async function fetchFrom(files: Readonly<Record<string, Uint8Array>>, folder: string) {
  const server = createServer((request, response) => {
    const found = Object.entries(files).find(([end]) => request.url?.endsWith(end))
    response.writeHead(found ? 200 : 403).end(found?.[1])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  try {
    await mkdir(join(folder, 'package'))
    await writeFile(join(folder, 'package/package.json'), JSON.stringify(MANIFEST))
    const env = {
      TFJS_NODE_CDN_STORAGE: address,
      npm_config_tfjs_binding_binary_host_mirror: address,
    }
    return await fetchPrebuilt({ folder, target: TARGET }, { ...systemEffects(), env })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('puts binding and libraries where the binding looks for them', () =>
  inFolder(async (folder) => {
    const files = {
      'CPU-linux-4.22.0.tar.gz': await tar({ 'napi-v8/tfjs_binding.node': 'binding' }),
      '-2.9.1.tar.gz': await tar({
        './lib/libtensorflow.so.2.9.1': 'library',
        './include/tensorflow/c/c_api.h': 'not needed',
      }),
    }
    const source = await fetchFrom(files, folder)
    assert.ok(source.endsWith('libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz'))
    assert.is(await readFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'utf8'), 'binding')
    assert.equal(await readdir(join(folder, 'deps/lib')), ['libtensorflow.so.2.9.1'])
    assert.equal((await readdir(folder)).sort(), ['deps', 'lib', 'package'])
  }))

test('says which address refused, or sent something else', () =>
  inFolder(async (folder) => {
    const refused = await rejection(fetchFrom({}, folder), EngineError)
    assert.match(refused.message, /CPU-linux-4\.22\.0\.tar\.gz: must answer 200, got 403 Forbidden/)
  }))

test('says when an archive is none, or has no binding in it', async () => {
  await inFolder(async (folder) => {
    const files = { 'CPU-linux-4.22.0.tar.gz': Buffer.from('<html>') }
    const error = await rejection(fetchFrom(files, folder), EngineError)
    assert.match(error.message, 'must be a whole archive (')
  })
  await inFolder(async (folder) => {
    const files = {
      'CPU-linux-4.22.0.tar.gz': await tar({ 'readme.txt': 'x' }),
      '-2.9.1.tar.gz': await tar({ 'lib/libtensorflow.so': 'x' }),
    }
    const error = await rejection(fetchFrom(files, folder), EngineError)
    assert.match(error.message, 'must have a tfjs_binding.node in it')
  })
})

test.run()
