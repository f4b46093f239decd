import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  BACKEND,
  type BackendMemory,
  type Computed,
  type OnnxruntimeBackend,
  registerBackend,
} from '../../src/backend/index.ts'
import { closeTo } from '../support/close-to.ts'

const test = suite('tfjs backend onnxruntime')

const computed: Computed[] = []

/** A fresh backend with these options, made current. */
async function use(options: Parameters<typeof registerBackend>[0] = {}): Promise<void> {
  await tf.setBackend('cpu')
  registerBackend({ ...options, onComputed: (each) => computed.push(each) })
  await tf.setBackend(BACKEND)
  computed.length = 0
}

const memory = () => tf.memory() as tf.MemoryInfo & BackendMemory
const kernels = (by: Computed['by']) =>
  computed.filter((each) => each.by === by).map(({ kernel }) => kernel)

test.before.each(() => use({ smallWork: 'onnxruntime' }))
test.after(() => tf.setBackend('cpu').then(() => undefined))

test('kernels wait until a value is read', () => {
  const x = tf.tensor1d([1, 2, 3])
  const y = x.mul(2).add(1)
  assert.equal(computed, [])
  assert.is(memory().pendingKernels, 2)
  assert.equal([...y.dataSync()], [3, 5, 7])
  assert.equal(kernels('onnxruntime'), ['Multiply', 'Add'])
  assert.is(memory().pendingKernels, 0)
  tf.dispose([x, y])
})

test('only what a read needs is run, and nothing twice', () => {
  tf.tidy(() => {
    const x = tf.tensor1d([1, 4])
    const root = x.sqrt()
    const unread = x.exp()
    assert.equal([...root.dataSync()], [1, 2])
    assert.equal([...root.dataSync()], [1, 2])
    assert.equal(kernels('onnxruntime'), ['Sqrt'])
    closeTo(unread.dataSync(), [Math.E, Math.exp(4)])
    assert.equal(kernels('onnxruntime'), ['Sqrt', 'Exp'])
  })
})

test('what was disposed unread is never run', () => {
  const x = tf.tensor1d([1, 2])
  x.exp().dispose()
  assert.is(memory().pendingKernels, 0)
  x.dispose()
  assert.equal(computed, [])
})

test('memory returns to where it was', async () => {
  const before = tf.memory()
  const backend = tf.backend() as OnnxruntimeBackend
  const held = backend.numDataIds()
  const x = tf.randomNormal([64, 64], 0, 1, 'float32', 1)
  const y = tf.tidy(() => tf.matMul(x, x).relu().sum())
  await y.data()
  assert.is(tf.memory().numTensors, before.numTensors + 2)
  assert.is(tf.memory().numBytes, before.numBytes + 64 * 64 * 4 + 4)
  tf.dispose([x, y])
  assert.is(tf.memory().numTensors, before.numTensors)
  assert.is(tf.memory().numBytes, before.numBytes)
  assert.is(backend.numDataIds(), held)
  assert.is(memory().keptBytes, 0)
  assert.is(memory().unreliable, false)
})

test('numbers that waiting kernels will read are kept, and said to be', () => {
  const x = tf.tensor1d(new Float32Array(100))
  const y = x.add(1)
  x.dispose()
  // The hundred, and the one that is added.
  assert.is(memory().keptBytes, 404)
  assert.is(y.dataSync()[99], 1)
  assert.is(memory().keptBytes, 0)
  y.dispose()
})

test('views share memory', () => {
  tf.tidy(() => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ])
    const flat = x.reshape([4])
    assert.is(memory().pendingKernels, 0)
    x.dispose()
    assert.equal([...flat.dataSync()], [1, 2, 3, 4])
    assert.equal(computed, [])
  })
})

test('kernels that wait do not see what is done to arrays that were given or taken', () => {
  const given = Float32Array.of(1, 2)
  const x = tf.tensor1d(given)
  const taken = x.dataSync()
  const y = x.add(1)
  given[0] = 9
  taken[1] = 9
  x.dataSync()[1] = 7
  assert.equal([...y.dataSync()], [2, 3])
  const z = x.add(1)
  const again = x.dataSync()
  again[0] = 5
  assert.equal([...z.dataSync()], [2, 3])
  tf.dispose([x, y, z])
})

test('a session serves all pieces of the same structure and shape', () => {
  const run = (size: number) =>
    tf.tidy(() =>
      tf
        .ones([size])
        .add(tf.fill([size], size))
        .sqrt()
        .dataSync(),
    )
  run(3)
  const { sessions } = memory()
  closeTo(run(3), [2, 2, 2])
  assert.is(memory().sessions, sessions)
  run(8)
  assert.is(memory().sessions, sessions + 1)
})

test('sessions are bounded', async () => {
  await use({ smallWork: 'onnxruntime', sessions: 3 })
  for (let size = 1; size <= 12; size++) {
    tf.tidy(() =>
      closeTo(
        tf
          .ones([size])
          .add(tf.ones([size]))
          .exp()
          .dataSync(),
        Array(size).fill(Math.exp(2)),
      ),
    )
    assert.ok(memory().sessions <= 3, `${memory().sessions} sessions`)
  }
})

test('what is small is computed in JavaScript at once, however often; what is large on onnxruntime from the first time', async () => {
  await use()
  const places = new Set<string>()
  const [small, large] = [32, 400].map((size) =>
    tf.randomNormal([size, size], 0, 1, 'float32', 1),
  ) as [tf.Tensor2D, tf.Tensor2D]
  for (let round = 0; round < 200; round++) {
    tf.tidy(() => tf.matMul(small, small).relu())
    assert.is(memory().pendingKernels, 0)
  }
  assert.is(memory().sessions, 0)
  for (let round = 0; round < 3; round++) {
    computed.length = 0
    tf.tidy(() => tf.matMul(large, large).relu().add(1).dataSync())
    for (const { kernel, by } of computed) places.add(`${kernel} ${by}`)
  }
  assert.equal([...places].sort(), [
    'Add onnxruntime',
    'BatchMatMul onnxruntime',
    'Relu onnxruntime',
  ])
  assert.is(memory().sessions, 1)
  tf.dispose([small, large])
})

test('what follows from something large waits with it, and reads what was known', async () => {
  await use()
  tf.tidy(() => {
    const large = tf.ones([400, 400]) as tf.Tensor2D
    const product = tf.matMul(large, large)
    assert.is(memory().pendingKernels, 1)
    const sum = product.sum().div(tf.scalar(400))
    assert.ok(memory().pendingKernels >= 3)
    assert.is(sum.dataSync()[0], 400 * 400)
    assert.is(memory().pendingKernels, 0)
    // Now that the numbers are there, what is small is small again.
    assert.is(sum.add(1).dataSync()[0], 400 * 400 + 1)
    assert.equal(computed.at(-1), { kernel: 'Add', by: 'cpu', reason: 'small' })
  })
})

test('kernels without a meaning in ONNX are computed by tfjs, with the reason', () => {
  tf.tidy(() => {
    const { values } = tf.unique(tf.tensor1d([3, 1, 3]))
    assert.equal([...values.dataSync()], [3, 1])
  })
  const unique = computed.find(({ kernel }) => kernel === 'Unique')!
  assert.is(unique.by, 'cpu')
  assert.match(unique.reason!, /follows from the numbers/)
})

test('strings and complex numbers stay in JavaScript', () => {
  tf.tidy(() => {
    const words = tf.tensor1d(['a', 'b'])
    assert.equal(tf.concat([words, words]).arraySync() as unknown, ['a', 'b', 'a', 'b'])
    const z = tf.complex(tf.tensor1d([1, 0]), tf.tensor1d([0, 0]))
    closeTo(tf.real(tf.fft(z)).dataSync(), [1, 1])
  })
  assert.ok(computed.some(({ by, reason }) => by === 'cpu' && /stay in JavaScript/.test(reason!)))
})

test('tf.time measures what is called, run to its end', async () => {
  const x = tf.randomNormal([200, 200], 0, 1, 'float32', 1)
  const time = await tf.time(() => tf.tidy(() => tf.keep(tf.matMul(x, x))))
  const info = time as tf.TimingInfo
  assert.type(info.kernelMs, 'number')
  assert.ok((info.kernelMs as number) > 0)
  assert.ok(kernels('onnxruntime').includes('BatchMatMul'))
  tf.disposeVariables()
  x.dispose()
})

test('tf.profile says where each kernel was computed', async () => {
  const x = tf.tensor1d([1, 2, 2])
  const info = await tf.profile(() => {
    const y = x.add(1)
    return tf.unique(y as tf.Tensor1D).values
  })
  assert.ok(info.kernelNames.includes('Add') && info.kernelNames.includes('Unique'))
  const profiled = Object.fromEntries(info.kernels.map(({ name, extraInfo }) => [name, extraInfo]))
  assert.match(await profiled.Unique!, /tfjs CPU kernel \(How large its result is/)
  assert.ok(info.kernels.every(({ outputShapes }) => outputShapes.length > 0))
  x.dispose()
})

test('errors are those of tfjs', () => {
  assert.throws(
    () =>
      tf.tidy(() =>
        tf.tensor1d([1]).add(tf.tensor1d([1, 2, 3]).reshape([3, 1, 1]).slice([0, 0], [9, 1])),
      ),
    /./,
  )
  assert.throws(() => tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))), /inner/)
})

test('tensors move between backends', async () => {
  const x = tf.tensor1d([1, 2, 3])
  const y = x.square()
  await tf.setBackend('cpu')
  const z = y.add(1)
  assert.equal([...z.dataSync()], [2, 5, 10])
  await tf.setBackend(BACKEND)
  assert.equal([...z.add(1).dataSync()], [3, 6, 11])
  tf.dispose([x, y, z])
})

test('long programs run in between, however late somebody reads', () => {
  const weight = tf.variable(tf.scalar(0))
  for (let step = 0; step < 1500; step++) tf.tidy(() => weight.assign(weight.add(1)))
  assert.ok(memory().pendingKernels < 1500, `${memory().pendingKernels} wait`)
  assert.is(weight.dataSync()[0], 1500)
  weight.dispose()
})

test.run()
