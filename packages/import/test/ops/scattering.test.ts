import { suite } from 'uvu'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import type { MadeTensor } from '../support/make-onnx.ts'

const test = suite('elements put into places')

const list = (...data: number[]): MadeTensor => ({ shape: [data.length], data, type: 'int64' })

for (const [image, block, attributes, shape] of [
  [[5, 5], [3, 3], {}, [2, 18, 9]],
  [[5, 6], [2, 3], { strides: [2, 1], pads: [1, 0, 1, 1] }, [1, 12, 15]],
  [[7, 6], [2, 2], { dilations: [2, 1] }, [2, 4, 25]],
  [[6], [3], { pads: [1, 1] }, [2, 6, 6]],
] as const) {
  test(`Col2Im of blocks ${block} to ${image} ${JSON.stringify(attributes)}`, () =>
    heldAgainstOnnxruntime({
      inputs: { x: shape },
      weights: { image: list(...image), block: list(...block) },
      opset: 18,
      nodes: [{ op: 'Col2Im', inputs: ['x', 'image', 'block'], outputs: ['y'], attributes }],
    }))
}

test.run()
