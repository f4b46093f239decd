import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portableTarget } from '../../src/lower/target.ts'
import { checkProgram } from '../support/check-program.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('complex numbers as parts')

type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

const inputs = { x: { shape: [3, 8] }, y: { shape: [3, 8] } }

const agrees = (program: TensorProgram) => checkProgram(program, inputs)

const parts = (z: tf.Tensor) => ({ real: tf.real(z), imag: tf.imag(z) })

test('a Fourier transform', () => agrees(({ x, y }) => parts(tf.fft(tf.complex(x!, y!)))))

test('its inverse', () => agrees(({ x, y }) => parts(tf.ifft(tf.complex(x!, y!)))))

for (const length of [undefined, 5, 11]) {
  test(`of real numbers, ${length ?? 'all'} of them`, () =>
    agrees(({ x }) => parts(tf.spectral.rfft(x!, length))))
}

test('back to real numbers', () =>
  agrees(({ x, y }) => ({ z: tf.spectral.irfft(tf.complex(x!, y!)) })))

test('a spectrogram', () =>
  agrees(({ x }) => ({ z: tf.abs(tf.signal.stft(x!.flatten() as tf.Tensor1D, 8, 4)) })))

test('sums, differences and products', () =>
  agrees(({ x, y }) => {
    const [a, b] = [tf.complex(x!, y!), tf.complex(y!, x!)]
    return parts(a.mul(b).add(a).sub(b))
  }))

test('with real numbers', () => agrees(({ x, y }) => parts(tf.complex(x!, y!).mul(x!).add(y!))))

test('reshaped, joined and turned', () =>
  agrees(({ x, y }) => {
    const z = tf.complex(x!, y!)
    const joined = tf.concat([z, z.mul(z)], 1).transpose()
    return parts(tf.stack([joined, joined]).expandDims(1))
  }))

test('cut and turned round, which tfjs cannot', async () => {
  const program: TensorProgram = ({ x, y }) => {
    const z = tf.complex(x!, y!)
    const turned = tf.split(z.reverse(1).neg(), 2, 1)[1]!.slice([1, 0])
    return { real: tf.real(turned), expected: x!.reverse(1).neg().slice([1, 4]) }
  }
  const { results } = await runCaptured(program, inputs, portableTarget())
  closeTo(results.real!, results.expected!, 0)
})

test('a constant', () => {
  const kept = tf.complex(tf.range(0, 24).reshape([3, 8]), tf.ones([3, 8]))
  return agrees(({ x, y }) => parts(tf.complex(x!, y!).mul(kept)))
})

test('cast to real numbers', () =>
  agrees(({ x, y }) => ({ z: tf.complex(x!, y!).cast('float32') })))

test('are refused as outputs', async () => {
  try {
    await runCaptured(({ x, y }) => ({ z: tf.complex(x!, y!) }), inputs, portableTarget())
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /output z: an output must not be complex/)
  }
})

test('are refused by kernels that know nothing of them', async () => {
  const program: TensorProgram = ({ x, y }) => {
    const z = tf.engine().runKernel('Relu', { x: tf.complex(x!, y!) }) as unknown as tf.Tensor
    return { z: tf.real(z) }
  }
  try {
    await runCaptured(program, inputs, portableTarget())
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /kernel Relu must not be given complex numbers/)
  }
})

test.run()
