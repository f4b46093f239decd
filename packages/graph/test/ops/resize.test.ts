import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { portableTarget } from '../../src/lower/target.ts'
import { closeTo } from '../support/close-to.ts'
import { eagerly, runCaptured } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('scaled images')

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

for (const perm of [
  [0, 1, 3, 2],
  [0, 2, 1, 3],
  [0, 2, 3, 1],
  [0, 3, 1, 2],
  [0, 3, 2, 1],
]) {
  test(`images turned by ${perm} before they are scaled, with a maximum between`, async () => {
    const program = ({ x }: Record<string, tf.Tensor>) => {
      const turned = tf.relu(tf.transpose(x!, perm)) as tf.Tensor4D
      return { y: tf.image.resizeBilinear(turned, [6, 8], false, true) }
    }
    const inputs = { x: { shape: [2, 3, 4, 5] } }
    const { graph, results } = await runCaptured(program, inputs, portableTarget())
    closeTo(results.y!, eagerly(program, inputs, graph.outputs)[0]!, 1e-5)
  })
}

test.run()
