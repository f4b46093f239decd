import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  binaryFocal,
  type FieldSamples,
  focal,
  infoOfFields,
  type Layer,
  type Loss,
  layers,
  Model,
  sgd,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('focal loss of pixels')

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('focal.py', import.meta.url))
const networks = fileURLToPath(
  new URL('../../../../scripts/peers/torch_networks.py', import.meta.url),
)
const isThere = spawnSync(python, [networks]).status === 0

const PIXELS = 2 * 4 * 4
const x = Float32Array.from({ length: 3 * PIXELS }, (_, at) => 2 * Math.sin(at * 1.7))
const kernel = Array.from({ length: 9 }, (_, at) => Math.cos(at * 2.3))
// Every fifth pixel is one that nobody labelled; of the second picture more than of the first.
const labels = Int32Array.from({ length: PIXELS }, (_, at) =>
  at % 5 === 0 || at > 26 ? -1 : (at * 7) % 3,
)
const answers = Float32Array.from({ length: 3 * PIXELS }, (_, at) => Number((at * 5) % 7 < 3))

interface Judged {
  readonly loss: number
  readonly gradient: readonly number[]
}

class Pixels extends Model {
  readonly head: Layer = layers.dense({ units: 3, useBias: false })
  override call(given: tf.Tensor): tf.Tensor {
    return this.head.apply(given)
  }
}

/** The loss, and what a step of gradient descent by 1 takes away. */
async function judged(loss: Loss, data: FieldSamples, engine: string): Promise<Judged> {
  const model = new Pixels()
  model.compile({ optimizer: sgd({ learningRate: 1 }), loss })
  model.build([null, 4, 4, 3])
  const [weight] = model.namedWeights()
  weight!.variable.assign(tf.tensor2d(kernel, [3, 3]))
  const { loss: found } = await model.evaluate(data, { engine })
  await model.fit(data, { engine, batchSize: 2 })
  const after = [...weight!.variable.dataSync()]
  model.dispose()
  return { loss: found!, gradient: after.map((value, at) => kernel[at]! - value) }
}

function samples(of: Int32Array | Float32Array): FieldSamples {
  const input = { shape: [4, 4, 3], dtype: 'float32' } as const
  const classes = ['a', 'b', 'c']
  const output =
    of instanceof Int32Array
      ? ({ shape: [4, 4], dtype: 'int32', classes, ignoreIndex: -1 } as const)
      : ({ shape: [4, 4, 3], dtype: 'float32', classes, multiLabel: true } as const)
  return { inputs: x, labels: of, length: 2, info: infoOfFields({ input, output }) }
}

if (isThere) {
  for (const [gamma, alpha] of [
    [2, 0.25],
    [1.5, 1],
  ] as const) {
    test(`gamma ${gamma}: loss and derivatives as PyTorch and torchvision have them`, async () => {
      const asked = { x: [...x], kernel, labels: [...labels], answers: [...answers], gamma, alpha }
      const { stdout, stderr, status } = spawnSync(python, [script], {
        input: JSON.stringify({ ...asked, ignoreIndex: -1 }),
        encoding: 'utf8',
      })
      assert.is(status, 0, stderr)
      const expected = JSON.parse(stdout) as Readonly<Record<'classes' | 'answers', Judged>>
      for (const engine of ['tfjs', 'onnxruntime']) {
        const ofClasses = await judged(
          focal({ gamma, alpha, fromLogits: true }),
          samples(labels),
          engine,
        )
        const ofAnswers = await judged(
          binaryFocal({ gamma, fromLogits: true }),
          samples(answers),
          engine,
        )
        for (const [found, wanted] of [
          [ofClasses, expected.classes],
          [ofAnswers, expected.answers],
        ] as const) {
          allClose([found.loss], [wanted.loss], { relative: 1e-5 })
          allClose([...found.gradient], wanted.gradient, { absolute: 2e-6, relative: 1e-4 })
        }
      }
    })
  }
} else {
  process.stdout.write('skipped: no Python with torch and torchvision\n')
  test.skip('loss and derivatives')
}

test.run()
