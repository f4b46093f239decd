import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onnx } from '@ashlar/graph'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../src/index.ts'

/** Packages that carry models of TensorFlow.js, made by people who never heard of Ashlar. */
const PACKAGES = [
  'nsfwjs@4.4.0',
  '@vladmandic/human@3.3.6',
  '@spotify/basic-pitch@1.0.1',
  '@upscalerjs/default-model@1.0.0',
]

const test = suite<{ folder: string }>('models inside npm packages')

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'ashlar-models-'))
  await writeFile(join(context.folder, 'package.json'), '{"private": true}')
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
  await promisify(execFile)('npm', ['install', ...flags, ...PACKAGES], { cwd: context.folder })
})
test.after(({ folder }) => rm(folder, { recursive: true, force: true }))

/** Exports a saved model; gives how many nodes the file has. */
async function nodesOf(path: string): Promise<number> {
  const model = await loadTfjsModel(path)
  try {
    const { report } = await exportOnnx(model)
    assert.ok(report.verification.passed)
    return report.file.nodes
  } finally {
    model.dispose()
  }
}

/**
 * Node counts that must not grow. A sigmoid is four of them and an arg max three: onnxruntime's own Sigmoid is 0 below -17, and its ArgMax
 * passes over NaN.
 */
const HUMAN: Readonly<Record<string, number>> = {
  antispoof: 18,
  blazeface: 147,
  emotion: 25,
  facemesh: 123,
  'handlandmark-lite': 113,
  iris: 170,
  liveness: 28,
  'movenet-lightning': 226,
}

const some = sampled(3, test)

for (const [name, most] of Object.entries(HUMAN)) {
  some(`human: ${name}`, async ({ folder }) => {
    const path = join(folder, 'node_modules/@vladmandic/human/models', `${name}.json`)
    const nodes = await nodesOf(path)
    assert.ok(nodes <= most, `${nodes} nodes`)
  })
}

/** nsfwjs has its files as modules: the topology as an object, shards in base64. */
async function unpack(folder: string, name: string): Promise<string> {
  const require = createRequire(import.meta.url)
  const from = join(folder, 'node_modules/nsfwjs/dist/models', name)
  const to = join(folder, 'nsfwjs', name)
  await mkdir(to, { recursive: true })
  for (const file of await readdir(from)) {
    const target = join(to, file.replace('.min.js', ''))
    const content = require(join(from, file)) as string | object
    if (typeof content === 'string') await writeFile(target, Buffer.from(content, 'base64'))
    else await writeFile(`${target}.json`, JSON.stringify(content))
  }
  return to
}

some('nsfwjs: MobileNet V2 as a layers-model and as a graph-model', async ({ folder }) => {
  assert.ok((await nodesOf(await unpack(folder, 'mobilenet_v2'))) <= 150)
  assert.ok((await nodesOf(await unpack(folder, 'mobilenet_v2_mid'))) <= 104)
})

some('basic-pitch: a spectrogram by convolutions, and a network on it', async ({ folder }) => {
  assert.ok((await nodesOf(join(folder, 'node_modules/@spotify/basic-pitch/model'))) > 50)
})

some('upscalerjs: images of any size', async ({ folder }) => {
  const path = join(folder, 'node_modules/@upscalerjs/default-model/models/model.json')
  assert.ok((await nodesOf(path)) <= 32)
})

some('human: a detector with its suppression of boxes', async ({ folder }) => {
  const path = join(folder, 'node_modules/@vladmandic/human/models/handtrack.json')
  const model = await loadTfjsModel(path)
  const { bytes, report } = await exportOnnx(model)
  assert.ok(report.verification.passed)
  assert.ok(report.file.nodes <= 570, `${report.file.nodes} nodes`)
  const ops = onnx.ModelProto.decode(bytes).graph!.node!.map(({ opType }) => opType)
  assert.is(ops.filter((op) => op === 'NonMaxSuppression').length, 7)
  model.dispose()
})

test.run()
