import { capture } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'
import { loadOnnx } from '/work/wt/onnx/packages/import/src/index.ts'

const model = await loadOnnx(process.argv[2]!)
const shape = model.signature()!.inputs[0]!.shape!
const lists = [2, 37].map((b) => {
  const g = capture((i) => ({ y: model.apply(i.x!) as tf.Tensor }), {
    inputs: { x: { shape: [b, ...shape.slice(1)] as number[], dtype: 'float32' } },
  })
  return g.nodes.map(
    (n) =>
      `${n.op} ${n.scope} ${n.inputs.map((i) => JSON.stringify(i?.shape))} -> ${JSON.stringify(n.outputs[0]!.shape)}`,
  )
})
for (let i = 0; i < lists[0]!.length; i++)
  if (lists[0]![i]!.split(' ')[0] !== lists[1]![i]!.split(' ')[0]) {
    console.log(lists.map((l) => l.slice(i - 5, i + 3).join('\n')).join('\n---\n'))
    break
  }
