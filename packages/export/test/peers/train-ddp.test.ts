import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  adamw,
  decodeSafetensors,
  type Layer,
  layers,
  Model,
  oneCycle,
  samplesOf,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import { sampled } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeTrainingStep } from '../../src/index.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite("training data-parallel, beside PyTorch's DistributedDataParallel")
const some = sampled(2, test)

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const modules = 'import torch.distributed, onnxruntime, numpy'
const hasTorch = spawnSync(python, ['-c', modules]).status === 0
const reference = fileURLToPath(new URL('train_ddp_torch.py', import.meta.url))

const STEPS = 20

/** As batch norm is in PyTorch; behind it a bias would get derivatives of rounding alone. */
const norm = () => layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 })

class Net extends Model {
  readonly conv: Layer = layers.conv2d({
    filters: 4,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
  })
  readonly norm: Layer = norm()
  readonly second: Layer = layers.conv2d({ filters: 6, kernelSize: 3, useBias: false })
  readonly secondNorm: Layer = norm()
  readonly classifier: Layer = layers.dense({ units: 3 })

  override call(x: tf.Tensor): tf.Tensor {
    const first = tf.relu(this.norm.apply<tf.Tensor>(this.conv.apply(x)))
    const second = tf.relu(this.secondNorm.apply<tf.Tensor>(this.second.apply(first)))
    return this.classifier.apply(tf.mean(second, [1, 2]))
  }
}

const rates = { learningRate: oneCycle({ max: 0.05 }), globalClipNorm: 0.5 }

const OPTIMIZERS = {
  // Keras adds epsilon before the correction of the first steps and PyTorch behind it: here it is next to nothing.
  adamw: () => adamw({ ...rates, weightDecay: 0.01, decayed: 'all', epsilon: 1e-10 }),
  sgd: () => sgd(rates),
} as const

/** Tensors of a safetensors file. */
const tensorsOf = (path: string) => decodeSafetensors(readFileSync(path), path).tensors

if (hasTorch) {
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    some(
      `batch norm, one-cycle and clipping by ${name}: two processes end with the weights and statistics that PyTorch's end with`,
      () =>
        inScratch(async (folder) => {
          const model = new Net({ seed: 3 })
          model.compile({
            optimizer: optimizer(),
            loss: sparseCategoricalCrossentropy({ fromLogits: true }),
            metrics: [],
          })
          const images = tf.randomNormal([64, 6, 6, 2], 0.3, 1, 'float32', 5)
          const labels = tf.tensor1d(
            Array.from({ length: 64 }, (_, at) => (at * 7) % 3),
            'int32',
          )
          const samples = await samplesOf(images, labels)
          const step = join(folder, 'step')
          await writeTrainingStep(model, samples, step, {
            ...{ batchSize: 16, parts: 2, steps: STEPS, sampleCount: 64 },
          })
          const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')]
          const launch = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2']
          const env = { ...process.env, OMP_NUM_THREADS: '1' }
          const run = promisify(execFile)
          const own = [
            join(step, 'train_ddp.py'),
            '--steps',
            `${STEPS}`,
            '--out',
            ours,
            '--threads',
            '1',
          ]
          await run(python, [...launch, ...own], { env })
          await run(python, [...launch, reference, step, theirs, name, `${STEPS}`], { env })
          const [found, wanted] = [tensorsOf(ours), tensorsOf(theirs)]
          const began = tensorsOf(join(step, 'state.safetensors'))
          assert.is(wanted.size, model.namedWeights().length)
          for (const [key, { data }] of wanted) {
            const other = found.get(key)!.data
            const far = Math.max(...Array.from(data, (each, at) => Math.abs(each - other[at]!)))
            assert.ok(far <= 1e-5, `${key}: ${far}`)
            const before = began.get(key)!.data
            const moved = Math.max(...Array.from(data, (each, at) => Math.abs(each - before[at]!)))
            assert.ok(moved > 1e-3, `${key} moves by ${moved}`)
          }
          tf.dispose([images, labels])
          model.dispose()
        }),
    )
  }
} else test.skip(`${python} has no torch, onnxruntime and numpy: run scripts/peers/setup`)

test.run()
