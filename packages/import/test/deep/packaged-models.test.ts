import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportOnnx } from '@ashlar/export'
import { inScratch } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTfjs } from '../../src/index.ts'
import { numbers, runBytes } from '../support/make-onnx.ts'

const test = suite('models of TensorFlow.js inside an npm package')

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

test('a MobileNet of others, as a graph-model and as a layers-model, is cut, given a head, trained and exported', () =>
  inScratch({ 'package.json': '{"private": true}' }, async (folder) => {
    const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', ['install', ...flags, 'nsfwjs@4.4.0'], { cwd: folder })
    for (const name of ['mobilenet_v2_mid', 'mobilenet_v2']) {
      const path = await unpack(folder, name)
      const whole = await loadTfjs(path)
      const convolutions = whole
        .sublayers()
        .filter(({ layer }) => layer.getClassName().startsWith('Conv'))
      // Each by its own name, so that it can be frozen and cut at.
      assert.ok(convolutions.length > 40, `${name} has ${convolutions.length} convolutions`)
      const { path: middle } = convolutions[Math.floor(convolutions.length / 2)]!
      whole.dispose()
      const model = await loadTfjs(path, {
        ...{ output: middle, head: { classes: 3 }, freeze: [convolutions[0]!.path] },
        layout: 'nhwc',
      })
      const [, height, width, channels] = model.inputShape as number[]
      const shape = [2, height!, width!, channels!]
      const data = numbers(2 * height! * width! * channels!, 3)
      const [x, y] = [tf.tensor(data, shape), tf.tensor1d([0, 2], 'int32')]
      const before = new Map(
        model.namedWeights().map(({ name, variable }) => [name, String(variable.dataSync())]),
      )
      model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy', metrics: [] })
      await model.fit(x, y, { epochs: 1, batchSize: 2 })
      const still = model
        .namedWeights()
        .filter(({ name, variable }) => before.get(name) === String(variable.dataSync()))
        .map(({ name }) => name)
      assert.ok(
        still.length > 0 && still.every((each) => each.startsWith(convolutions[0]!.path)),
        still.join(),
      )
      const { bytes } = await exportOnnx(model, {})
      const [exported] = await runBytes(bytes, {
        [model.signature()!.inputs[0]!.name]: { shape, data },
      })
      const own = tf.tidy(() => (model.apply(x) as tf.Tensor).dataSync())
      const far = Math.max(...Array.from(own, (each, at) => Math.abs(each - exported!.data[at]!)))
      assert.ok(far <= 1e-4 * Math.max(...Array.from(own, Math.abs)), `${name}: ${far}`)
      tf.dispose([x, y])
      model.dispose()
    }
  }))

test.run()
