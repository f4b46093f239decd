import type { Declare } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { compile } from '../../src/run/compile.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from './close-to.ts'

const CORNERS = [
  { name: 'plain', alignCorners: false, halfPixelCenters: false },
  { name: 'corners aligned', alignCorners: true, halfPixelCenters: false },
  { name: 'half pixels', alignCorners: false, halfPixelCenters: true },
] as const

type Corners = (typeof CORNERS)[number]
type Kernel = 'ResizeNearestNeighbor' | 'ResizeBilinear'

function call(name: string, inputs: object, corners: Corners, size: readonly number[]): tf.Tensor {
  const { alignCorners, halfPixelCenters } = corners
  const attrs = { alignCorners, halfPixelCenters, size }
  return tf.engine().runKernel(name, inputs as never, attrs as never)
}

/** How much each of `from` rows counts in each of `to`, [from, to]: tfjs's own kernel on images with a single pixel. */
function weightsOf(kernel: Kernel, corners: Corners, from: number, to: number): Float32Array {
  return tf.tidy(() => {
    const images = tf.reshape(tf.eye(from), [from, from, 1, 1])
    return call(kernel, { images }, corners, [to, 1]).dataSync() as Float32Array
  })
}

/** Where a scaled pixel lies in whole numbers: the exact place is `over` / `under`. */
function placeOf(
  { alignCorners, halfPixelCenters }: Corners,
  from: number,
  to: number,
  at: number,
) {
  if (alignCorners) return to === 1 ? [0, 1] : [at * (from - 1), to - 1]
  return halfPixelCenters ? [(2 * at + 1) * from, 2 * to] : [at * from, to]
}

function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => index)
}

function pixelsOf(corners: Corners, from: number, to: number): number[] {
  return tf.tidy(() => {
    const images = tf.tensor(ramp(from), [1, from, 1, 1])
    return [...call('ResizeNearestNeighbor', { images }, corners, [to, 1]).dataSync()]
  })
}

function adjoint(weights: Float32Array, dy: Float32Array): number[] {
  return Array.from({ length: weights.length / dy.length }, (_, pixel) =>
    dy.reduce((sum, each, at) => sum + each * weights[pixel * dy.length + at]!, 0),
  )
}

function weighted(weights: Float32Array, x: Float32Array): number[] {
  const to = weights.length / x.length
  return Array.from({ length: to }, (_, at) =>
    x.reduce((sum, each, pixel) => sum + each * weights[pixel * to + at]!, 0),
  )
}

/** Rows and columns weighted in plain JavaScript: images to scaled ones, or back. */
function scaled(
  data: Float32Array,
  [batch, height, width, channels]: readonly number[],
  down: Float32Array,
  across: Float32Array,
  [, rows, columns]: readonly number[],
  isBack: boolean,
): Float32Array {
  const result = new Float32Array(
    batch! * channels! * (isBack ? height! * width! : rows! * columns!),
  )
  for (let image = 0; image < batch!; image++) {
    for (let y = 0; y < height!; y++) {
      for (let r = 0; r < rows!; r++) {
        const weight = down[y * rows! + r]!
        if (weight === 0) continue
        for (let x = 0; x < width!; x++) {
          for (let c = 0; c < columns!; c++) {
            const share = weight * across[x * columns! + c]!
            if (share === 0) continue
            for (let channel = 0; channel < channels!; channel++) {
              const small = ((image * height! + y) * width! + x) * channels! + channel
              const large = ((image * rows! + r) * columns! + c) * channels! + channel
              if (isBack) result[small]! += share * data[large]!
              else result[large]! += share * data[small]!
            }
          }
        }
      }
    }
  }
  return result
}

async function freeSession(
  program: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: Record<string, { readonly shape: readonly (number | null)[] }>,
): Promise<ort.InferenceSession> {
  const graph = captureDynamic(program, {
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [
        name,
        { ...input, dtype: 'float32' as const },
      ]),
    ),
  })
  const optimized = optimize(graph, portableTarget())
  return createSession(
    writeOnnx(optimized, { opset: 17, dimName: (each) => `d${each.samples.join('_')}` }),
  )
}

/** Scaling from each of the sizes to each, forward and back, held against tfjs's forward kernels. */
export function addResizeTests(test: Declare, sizes: readonly number[]): void {
  for (const corners of CORNERS) {
    test(`nearest, ${corners.name}: the file takes tfjs's pixel from any size to any`, async () => {
      for (const to of sizes) {
        const program = (inputs: Record<string, tf.Tensor>) =>
          Object.fromEntries(
            Object.entries(inputs).map(([name, images]) => [
              `y${name}`,
              call('ResizeNearestNeighbor', { images }, corners, [to, 1]),
            ]),
          )
        const inputs = Object.fromEntries(
          sizes.map((from) => [`x${from}`, { shape: [1, from, 1, 1], dtype: 'float32' as const }]),
        )
        const compiled = await compile(capture(program, { inputs }), { target: portableTarget() })
        const ramps = Object.fromEntries(sizes.map((from) => [`x${from}`, ramp(from)]))
        const results = await compiled.run(ramps)
        await compiled.dispose()
        for (const from of sizes) {
          const label = `${from} to ${to}`
          assert.equal([...results[`yx${from}`]!], pixelsOf(corners, from, to), label)
        }
      }
    })

    test(`nearest, ${corners.name}: the file takes tfjs's pixel where both sizes vary`, async () => {
      const program = ({ x, like }: Record<string, tf.Tensor>) => ({
        y: call('ResizeNearestNeighbor', { images: x! }, corners, [like!.shape[2]!, 2]),
      })
      const session = await freeSession(program, {
        x: { shape: [1, null, 1, 2] },
        like: { shape: [1, 1, null, 1] },
      })
      for (const to of sizes) {
        for (const from of sizes) {
          const x = Float32Array.from({ length: 2 * from }, (_, index) => index >> 1)
          const { y } = await session.run({
            x: new ort.Tensor('float32', x, [1, from, 1, 2]),
            like: new ort.Tensor('float32', new Float32Array(to), [1, 1, to, 1]),
          })
          const expected = pixelsOf(corners, from, to).flatMap((pixel) => [
            pixel,
            pixel,
            pixel,
            pixel,
          ])
          assert.equal([...(y!.data as Float32Array)], expected, `${from} to ${to}`)
        }
      }
      await session.release()
    })

    test(`nearest, ${corners.name}: tfjs's pixel is the exact one, or one before where the exact place is a border`, () => {
      let before = 0
      for (const to of sizes) {
        for (const from of sizes) {
          for (const [at, pixel] of pixelsOf(corners, from, to).entries()) {
            const [over, under] = placeOf(corners, from, to, at) as [number, number]
            // Rounded to the nearest, halves up: the floor of (2 over + under) / (2 under).
            const [top, bottom] = corners.alignCorners
              ? [2 * over + under, 2 * under]
              : [over, under]
            const exact = (top - (top % bottom)) / bottom
            if (pixel === exact) continue
            assert.is(top % bottom, 0, `${from} to ${to}, pixel ${at}: a border`)
            assert.is(pixel, exact - 1)
            before++
          }
        }
      }
      assert.ok(before < 50, `${before} pixels`)
    })

    for (const kernel of ['ResizeNearestNeighbor', 'ResizeBilinear'] as const) {
      test(`${kernel}, ${corners.name}: the scaling and its adjoint at any size`, async () => {
        for (const to of sizes) {
          const program = ({ dy, ...images }: Record<string, tf.Tensor>) =>
            Object.fromEntries(
              Object.entries(images).flatMap(([name, each]) => [
                [`y${name}`, call(kernel, { images: each }, corners, [to, 1])],
                [`d${name}`, call(`${kernel}Grad`, { images: each, dy }, corners, [to, 1])],
              ]),
            )
          const inputs = {
            dy: { shape: [1, to, 1, 1], dtype: 'float32' as const },
            ...Object.fromEntries(
              sizes.map((from) => [
                `x${from}`,
                { shape: [1, from, 1, 1], dtype: 'float32' as const },
              ]),
            ),
          }
          const graph = capture(program, { inputs })
          const compiled = await compile(graph, { target: portableTarget() })
          const dy = Float32Array.from({ length: to }, (_, index) => 1 + ((index * 7) % 13))
          const results = await compiled.run({
            dy,
            ...Object.fromEntries(sizes.map((from) => [`x${from}`, ramp(from)])),
          })
          await compiled.dispose()
          for (const from of sizes) {
            const weights = weightsOf(kernel, corners, from, to)
            closeTo(results[`yx${from}`]!, weighted(weights, ramp(from)), 1e-5)
            closeTo(results[`dx${from}`]!, adjoint(weights, dy), 1e-5)
          }
        }
      })

      test(`${kernel}, ${corners.name}: forward and derivative of sizes and a batch that vary`, async () => {
        const program = ({ x, dy }: Record<string, tf.Tensor>) => {
          const y = call(kernel, { images: x! }, corners, dy!.shape.slice(1, 3))
          return { y, dx: call(`${kernel}Grad`, { images: x!, dy: dy! }, corners, [0, 0]) }
        }
        for (const [height, width, rows, columns] of [
          [28, 5, 2, 9],
          [1, 7, 3, 1],
          [26, 49, 46, 30],
          [13, 13, 13, 26],
          [64, 22, 7, 11],
        ] as const) {
          // One of both is fixed on each axis.
          const session = await freeSession(program, {
            x: { shape: [null, null, width, 2] },
            dy: { shape: [null, rows, null, 2] },
          })
          const shape = [3, height, width, 2]
          const out = [3, rows, columns, 2]
          const x = Float32Array.from(
            { length: 6 * height * width },
            (_, index) => (index * 37) % 101,
          )
          const dy = Float32Array.from(
            { length: 6 * rows * columns },
            (_, index) => (index * 29) % 97,
          )
          const { y, dx } = await session.run({
            x: new ort.Tensor('float32', x, shape),
            dy: new ort.Tensor('float32', dy, out),
          })
          const down = weightsOf(kernel, corners, height, rows)
          const across = weightsOf(kernel, corners, width, columns)
          closeTo(y!.data as Float32Array, scaled(x, shape, down, across, out, false), 1e-5)
          closeTo(dx!.data as Float32Array, scaled(dy, shape, down, across, out, true), 1e-5)
          await session.release()
        }
      })
    }
  }
}
