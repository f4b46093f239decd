import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { portableTarget } from '../../src/lower/target.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('gradients of scaled images')

// Scaling is linear, so its derivative is its adjoint: <scale(x), dy> = <x, derivative(dy)> for all x and dy.
for (const kernel of ['ResizeBilinear', 'ResizeNearestNeighbor'] as const) {
  for (const corners of [
    { alignCorners: false, halfPixelCenters: false },
    { alignCorners: true, halfPixelCenters: false },
    { alignCorners: false, halfPixelCenters: true },
  ]) {
    test(`${kernel} ${JSON.stringify(corners)} is the adjoint of the scaling`, async () => {
      const size = [7, 5]
      const program = (inputs: Record<string, tf.Tensor>) => {
        const { images, dy } = inputs as { images: tf.Tensor; dy: tf.Tensor }
        const run = (name: string, given: object): tf.Tensor =>
          tf.engine().runKernel(name, given as never, { ...corners, size } as never)
        const scaled = run(kernel, { images })
        const back = run(`${kernel}Grad`, { images, dy })
        return { left: scaled.mul(dy).sum([1, 2, 3]), right: images.mul(back).sum([1, 2, 3]) }
      }
      const inputs = { images: { shape: [3, 4, 6, 2] }, dy: { shape: [3, 7, 5, 2] } }
      const { results } = await runCaptured(program, inputs, portableTarget())
      closeTo(results.right!, results.left!, 1e-5)
    })
  }
}

test.run()
