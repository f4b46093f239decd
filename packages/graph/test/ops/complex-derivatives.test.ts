import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { portableTarget } from '../../src/lower/target.ts'
import { registerOps } from '../../src/ops/table.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite('op table: derivatives through complex numbers')

const SIZE = 8
const numbers = Float32Array.from({ length: 2 * SIZE }, (_, at) => Math.sin(2.3 * at + 0.7))
const weights = Float32Array.from({ length: 64 }, (_, at) => Math.cos(1.1 * at))

/** Each gives real numbers from a real tensor [2, 8], by way of complex ones. */
const PROGRAMS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'magnitudes of a spectrum': (x) => tf.abs(tf.spectral.rfft(x)),
  'real parts of a transform': (x) => tf.real(tf.fft(tf.complex(x, tf.square(x)))),
  'imaginary parts of a transform back': (x) => tf.imag(tf.ifft(tf.complex(x, tf.mul(x, 2)))),
  'there and back': (x) => tf.spectral.irfft(tf.spectral.rfft(tf.square(x))),
  'a product of spectra': (x) => tf.real(tf.mul(tf.spectral.rfft(x), tf.spectral.rfft(tf.sin(x)))),
  'parts, slices and sums': (x) => {
    const z = tf.complex(x, tf.exp(x))
    return tf.abs(tf.add(tf.slice(z, [0, 0], [1, SIZE]), tf.slice(z, [1, 0], [1, SIZE])))
  },
}

/** What a program comes to on tfjs, one number. */
function weighed(program: (x: tf.Tensor) => tf.Tensor, values: Float32Array): number {
  return tf.tidy(() => {
    const result = program(tf.tensor(values, [2, SIZE])).dataSync()
    return Array.from(result, Number).reduce((sum, value, at) => sum + value * weights[at]!, 0)
  })
}

/** The same without complex numbers, where tfjs's CPU backend lacks a kernel for them. */
const WITHOUT: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'parts, slices and sums': (x) => {
    const summed = (part: tf.Tensor) => tf.sum(part, 0, true)
    return tf.sqrt(tf.add(tf.square(summed(x)), tf.square(summed(tf.exp(x)))))
  },
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(name, async () => {
    const gradient = ({ x }: Record<string, tf.Tensor>) => ({
      x: tf.grad((each) => {
        const result = program(each)
        return tf.sum(tf.mul(result, tf.tensor(weights.slice(0, result.size), result.shape)))
      })(x!),
    })
    const inputs = { x: { shape: [2, SIZE], values: Array.from(numbers) } } as const
    const { results } = await runCaptured(gradient, inputs, portableTarget())
    const step = 1e-2
    const expected = numbers.map((value, at) => {
      const moved = (by: number) => {
        const copy = numbers.slice()
        copy[at] = value + by
        return weighed(WITHOUT[name] ?? program, copy)
      }
      // Four points: what is left is of the fourth order in the step.
      return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step)
    })
    closeTo(results.x!, expected, 1e-3)
  })
}

test.run()
