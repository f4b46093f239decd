import { statSync } from 'node:fs'
import { exportOnnx } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { loadOnnx } from '../../src/index.ts'

const [path, mode] = process.argv.slice(2)
const t0 = Date.now()
const model = await loadOnnx(path!)
console.log(
  path,
  'loaded',
  Date.now() - t0,
  'weights',
  model.namedWeights().length,
  'built',
  model.built,
  model.inputShape,
  model.notes,
)
const session = await ort.InferenceSession.create(path!)
const feeds: Record<string, ort.Tensor> = {}
const xs: tf.Tensor[] = []
let seed = 7
const random = () => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 1073741824 - 1
}
for (const each of model.signature()!.inputs) {
  const shape = each.shape!.map((size, i) => size ?? (i === 0 ? 2 : 8))
  const count = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: count }, random)
  feeds[each.name] = new ort.Tensor('float32', data, shape as number[])
  xs.push(tf.tensor(data, shape as number[]))
}
function compare(name: string, got: ArrayLike<number>, want: ArrayLike<number>) {
  let scale = 0
  let worst = 0
  for (let i = 0; i < want.length; i++) {
    scale = Math.max(scale, Math.abs(want[i]!))
    worst = Math.max(worst, Math.abs(got[i]! - want[i]!))
  }
  console.log(
    `  ${name}: ${want.length} numbers, scale ${scale.toPrecision(3)}, worst ${(worst / scale).toExponential(2)} relative ${got.length === want.length ? '' : 'LENGTH ' + got.length}`,
  )
}
const wanted = await session.run(feeds)
const names = session.outputNames
if (mode !== 'export') {
  const t1 = Date.now()
  const got = await model.predict(xs[0]!)
  console.log('predict', Date.now() - t1)
  compare('predict', (got as { data: Float32Array }).data, wanted[names[0]!]!.data as Float32Array)
}
const t2 = Date.now()
const { bytes } = await exportOnnx(model, { verify: false } as never)
console.log('export', Date.now() - t2)
const proto = onnx.ModelProto.decode(bytes)
const counts: Record<string, number> = {}
for (const node of proto.graph!.node!) counts[node.opType!] = (counts[node.opType!] ?? 0) + 1
console.log('  nodes', proto.graph!.node!.length, JSON.stringify(counts))
const orig = onnx.ModelProto.decode((await import('node:fs')).readFileSync(path!))
console.log(
  '  original',
  orig.graph!.node!.length,
  'Transposes',
  orig.graph!.node!.filter((n) => n.opType === 'Transpose').length,
)
const again = await ort.InferenceSession.create(bytes)
const result = await again.run(feeds)
for (const [i, name] of names.entries())
  compare(
    `exported ${name}`,
    result[again.outputNames[i]!]!.data as Float32Array,
    wanted[name]!.data as Float32Array,
  )
console.log('size', bytes.length, statSync(path!).size)
