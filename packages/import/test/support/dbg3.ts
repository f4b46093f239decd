import * as tf from '@tensorflow/tfjs'
import { loadOnnx } from '../../src/index.ts'
import { makeOnnx, numbers, runBytes, weight, withFile } from './make-onnx.ts'
for (const [c, g, hw, s] of [[16, 2, 14, 1], [16, 2, 14, 2], [48, 6, 28, 2], [104, 13, 14, 1], [208, 26, 14, 2], [440, 55, 7, 1],[48,6,112,2]] as const) {
  const bytes = makeOnnx({ inputs: { x: ['b', c, hw, hw] }, outputs: ['y'], weights: { 'a.w': weight([c, c / g, 3, 3], 1), 'a.b': weight([c], 2) }, nodes: [{ op: 'Conv', inputs: ['x', 'a.w', 'a.b'], outputs: ['z'], attributes: { group: g, pads: [1, 1, 1, 1], strides: [s, s] } }, { op: 'Relu', inputs: ['z'], outputs: ['y'] }] })
  const data = numbers(2 * c * hw * hw, 3)
  const [w] = await runBytes(bytes, { x: { shape: [2, c, hw, hw], data } })
  const m = await withFile(bytes, (p) => loadOnnx(p))
  const y = (await m.predict(tf.tensor(data, [2, c, hw, hw]))) as { data: Float32Array }
  let worst = 0
  let scale = 0
  w!.data.forEach((v, i) => { worst = Math.max(worst, Math.abs(v - y.data[i]!)); scale = Math.max(scale, Math.abs(v)) })
  console.log(c, g, hw, s, worst / scale)
}
