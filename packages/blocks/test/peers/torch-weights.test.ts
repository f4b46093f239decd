import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeSafetensors } from '@ashlar/core'
import { sampleOf } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTorchWeights, MobileNetV2, ResNet18, ResNet34, ResNet50 } from '../../src/index.ts'

const test = suite('weights of torchvision and timm')

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('write-torch.py', import.meta.url))
const networks = fileURLToPath(
  new URL('../../../../scripts/peers/torch_networks.py', import.meta.url),
)

const NETWORKS = {
  resnet18: ResNet18,
  resnet34: ResNet34,
  resnet50: ResNet50,
  mobilenet_v2: MobileNetV2,
  mobilenetv2_100: MobileNetV2,
}

if (spawnSync(python, [networks]).status === 0) {
  test('give what they gave there, at sizes that divide and that do not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-torch-'))
    try {
      const { stdout } = await promisify(execFile)(python, [script, folder])
      const names = JSON.parse(stdout) as string[]
      assert.is(names.length, 7)
      for (const name of sampleOf(5, 'torch weights', names)) {
        const Network = NETWORKS[name.split('-')[1] as keyof typeof NETWORKS]
        const model = new Network(1000, { convention: 'torch', useBias: false })
        model.build([null, null, null, 3] as never)
        const taken = await loadTorchWeights(model, join(folder, `${name}.safetensors`))
        assert.is(taken.length, model.namedWeights().length)
        assert.equal(
          taken.filter(({ from }) => from === undefined),
          [],
        )
        for (const size of [64, 97]) {
          const path = join(folder, `${name}-${size}.safetensors`)
          const { tensors } = decodeSafetensors(await readFile(path), path)
          const { images, outputs } = Object.fromEntries(tensors)
          const found = tf.tidy(() => {
            const x = tf.tensor(images!.data as Float32Array, [...images!.shape])
            return (model.apply(x) as tf.Tensor).dataSync()
          })
          const expected = outputs!.data as Float32Array
          const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
          const far = expected.reduce(
            (most, value, at) => Math.max(most, Math.abs(value - found[at]!)),
            0,
          )
          assert.ok(far <= 1e-4 * Math.max(1, largest), `${name} at ${size}: ${far} of ${largest}`)
        }
        model.dispose()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
} else {
  test.skip(
    `${python} has no torch, torchvision and timm: run scripts/peers/setup, or set ASHLAR_PYTHON`,
  )
}

test.run()
