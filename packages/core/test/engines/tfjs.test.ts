import { ConfigError, EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, tfjsEngine } from '../../src/index.ts'

const test = suite('engine tfjs on a named backend')

/** Says which backend is current while it runs. */
function asking(): { program: Program; answers: string[] } {
  const answers: string[] = []
  const program: Program = {
    name: 'ask',
    inputs: () => ({}),
    run() {
      answers.push(tf.getBackend())
      return { one: tf.scalar(1) }
    },
  }
  return { program, answers }
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it must be rejected')
}

test('computes there, and puts the one before back', async () => {
  await tf.setBackend('cpu')
  const factory = tf.findBackendFactory('cpu')!
  tf.registerBackend('second', factory, 0)
  const { program, answers } = asking()
  const session = await tfjsEngine({ backend: 'second' }).open({})
  await session.prepare(program).run(1, {})
  assert.equal(answers, ['second'])
  assert.is(tf.getBackend(), 'cpu')
  await session.dispose()
  tf.removeBackend('second')
})

test('warns of a backend that computes kernels wrong, once', async () => {
  await tf.setBackend('cpu')
  tf.registerBackend('flawed', tf.findBackendFactory('cpu')!, 0)
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({ ...tf.getKernel(kernelName, 'cpu'), backendName: 'flawed' })
  }
  // It shares the gradient of an average pool among all pixels alike.
  tf.unregisterKernel('AvgPoolGrad', 'flawed')
  tf.registerKernel({
    kernelName: 'AvgPoolGrad',
    backendName: 'flawed',
    kernelFunc: ({ inputs, backend }) => {
      const { shape } = inputs.input as tf.TensorInfo
      const numbers = new Float32Array(tf.util.sizeFromShape(shape)).fill(0.1)
      const dataId = (backend as tf.KernelBackend).write(numbers, shape, 'float32')
      return { dataId, shape, dtype: 'float32' }
    },
  })
  const warnings: string[] = []
  const hear = ({ message }: Error) => warnings.push(message)
  process.on('warning', hear)
  for (let count = 0; count < 2; count++) {
    await (await tfjsEngine({ backend: 'flawed' }).open({})).dispose()
  }
  await new Promise(setImmediate)
  process.off('warning', hear)
  tf.removeBackend('flawed')
  assert.is(warnings.length, 1)
  assert.match(
    warnings[0]!,
    /^engine tfjs: the backend flawed computes some kernels wrong: AvgPoolGrad\. .* Take the backend cpu/,
  )
  assert.is(tf.getBackend(), 'cpu')
})

for (const [name, slope] of [
  ['average pools with padding', (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'same')],
  [
    'nearest resize of a batch',
    (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [7, 9]),
  ],
  [
    'bilinear resize with half pixels',
    (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [3, 7], false, true),
  ],
  [
    'mirrored edges',
    (x: tf.Tensor) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 1],
          [1, 2],
          [0, 0],
        ],
        'reflect',
      ),
  ],
  [
    'batch norm over another axis',
    (x: tf.Tensor) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        tf.tensor4d([0.1, 0.2, 0.3, 0.4, 0.5], [1, 5, 1, 1]),
        tf.tensor4d([1, 2, 3, 4, 5], [1, 5, 1, 1]),
        tf.tensor4d([0, 1, 2, 3, 4], [1, 5, 1, 1]),
        tf.tensor4d([5, 4, 3, 2, 1], [1, 5, 1, 1]),
      ),
  ],
] as const) {
  test(`differentiates ${name} as central differences do`, async () => {
    await tf.setBackend('cpu')
    const x = tf.randomUniform([2, 5, 6, 2], -1, 1, 'float32', 7)
    const along = tf.randomUniform([2, 5, 6, 2], -1, 1, 'float32', 8)
    const loss = (at: tf.Tensor): tf.Scalar => {
      const y = slope(at)
      return y.mul(tf.range(0, y.size).reshape(y.shape).cos()).sum()
    }
    const program: Program = {
      name: 'slope',
      inputs: () => ({}),
      run: () => {
        const step = along.mul(1e-2)
        return {
          gradient: tf.grad(loss)(x).mul(along).sum(),
          difference: loss(x.add(step))
            .sub(loss(x.sub(step)))
            .div(2e-2),
        }
      },
    }
    const session = await tfjsEngine().open({})
    const { gradient, difference } = await session.prepare(program).run(1, {})
    await session.dispose()
    const [got, wanted] = [Number(gradient![0]), Number(difference![0])]
    assert.ok(Math.abs(got - wanted) < 1e-2 * (1 + Math.abs(wanted)), `${got}, slope ${wanted}`)
    tf.dispose([x, along])
  })
}

test('names the known backends', async () => {
  const error = await errorOf(tfjsEngine({ backend: 'cpuu' }).open({}))
  assert.instance(error, ConfigError)
  assert.match(
    (error as Error).message,
    /^engine tfjs: backend must be one of .*cpu.*, got "cpuu"\n {2}Did you mean "cpu"\?$/,
  )
})

test('says so when a backend does not start', async () => {
  const { warn } = console
  console.warn = () => undefined
  tf.registerBackend('broken', () => Promise.reject(new Error('no library')), 0)
  try {
    const error = await errorOf(tfjsEngine({ backend: 'broken' }).open({}))
    assert.instance(error, EngineError)
    assert.is((error as Error).message, 'engine tfjs: the tfjs backend broken must start')
    assert.is(tf.getBackend(), 'cpu')
  } finally {
    console.warn = warn
    tf.removeBackend('broken')
  }
})

test.run()
