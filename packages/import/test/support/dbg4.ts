import { readFileSync } from 'node:fs'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { loadOnnx } from '../../src/index.ts'
import { numbers, runBytes } from './make-onnx.ts'
const path = process.argv[2]!
const proto = onnx.ModelProto.decode(readFileSync(path))
const shape = [2, 3, 224, 224]
const data = numbers(2 * 3 * 224 * 224, 3)
for (const at of process.argv.slice(3).map(Number)) {
  const value = proto.graph!.node![at]!.output![0]!
  proto.graph!.output = [onnx.ValueInfoProto.create({ name: value, type: { tensorType: { elemType: 1 } } })]
  const [w] = await runBytes(onnx.ModelProto.encode(proto).finish(), { x: { shape, data } })
  const m = await loadOnnx(path, { output: at })
  const y = (await m.predict(tf.tensor(data, shape))) as { data: Float32Array }
  let worst = 0
  let scale = 0
  w!.data.forEach((v, i) => { worst = Math.max(worst, Math.abs(v - y.data[i]!)); scale = Math.max(scale, Math.abs(v)) })
  console.log(at, proto.graph!.node![at]!.opType, value, w!.dims.join(), worst / scale)
}
