import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { registerOps } from '../../src/ops/table.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { layerTimesOf, timeLayers } from '../../src/run/time-layers.ts'
import { markLayerOutput } from '../../src/scope/layer-outputs.ts'
import { scope } from '../../src/scope/scope.ts'

registerOps()
await tf.setBackend('cpu')
const test = suite('time layers')

const layer = (name: string, fn: () => tf.Tensor) =>
  scope(name, () => {
    const output = fn()
    markLayerOutput(output)
    return output
  })

/** Convolution, batch norm, ReLU, mean over the plane, dense. */
function captured() {
  const weights = (shape: number[]) => tf.randomNormal(shape, 0, 0.1, 'float32', 1)
  const [kernel, dense, one] = [weights([3, 3, 16, 16]), weights([16, 10]), tf.ones([16])]
  return capture(
    ({ x }) => {
      const conv = layer('block.conv', () =>
        tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same'),
      )
      const norm = layer('block.norm', () =>
        tf.batchNorm(conv, one as tf.Tensor1D, one as tf.Tensor1D),
      )
      const act = layer('block.act', () => tf.relu(norm))
      const pool = layer('pool', () => tf.mean(act, [1, 2]))
      return { y: layer('head', () => tf.matMul(pool as tf.Tensor2D, dense as tf.Tensor2D)) }
    },
    { inputs: { x: { shape: [1, 12, 12, 16], dtype: 'float32' } } },
  )
}

const feeds = { x: { shape: [1, 12, 12, 16], data: new Float32Array(12 * 12 * 16).fill(0.5) } }

test('a layer has the time of what it is computed with, and those together that of the run', async () => {
  const graph = await optimizeForExport(captured(), 17)
  const { layers, milliseconds } = await timeLayers(graph, 17, feeds)
  // The norm is folded into the convolution, and onnxruntime appends the ReLU.
  assert.equal([...layers.keys()].filter((path) => path !== '').sort(), [
    'block.conv',
    'head',
    'pool',
  ])
  const sum = [...layers.values()].reduce((all, each) => all + each, 0)
  assert.ok(Math.abs(sum - milliseconds) < 1e-9)
  assert.ok(layers.get('block.conv')! > 0)
})

test('a convolution of one channel keeps its time when a reshape before it has one', async () => {
  const kernel = tf.randomNormal([7, 7, 1, 16], 0, 0.1, 'float32', 1)
  const graph = await optimizeForExport(
    capture(
      ({ x }) => {
        const conv = layer('conv', () =>
          tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same'),
        )
        const act = layer('act', () => tf.relu(conv))
        return { y: layer('pool', () => tf.mean(act, [1, 2])) }
      },
      { inputs: { x: { shape: [1, 12, 12, 1], dtype: 'float32' } } },
    ),
    17,
  )
  const reshape = graph.nodes.findIndex(({ op }) => op === 'Reshape')
  assert.is(graph.nodes[reshape]!.scope, 'conv')
  const events = [event(`conv/Reshape_${reshape}`, 1), event('act_nchwc', 5)]
  assert.equal([...layerTimesOf(graph, events, 0).layers], [['conv', 6]])
})

const event = (name: string, milliseconds: number) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur: milliseconds * 1000,
})

test('what onnxruntime makes of nodes counts for the layer with the most work among them', async () => {
  const graph = await optimizeForExport(captured(), 17)
  const names = graph.nodes.map(({ op, scope: path }, i) => `${path}/${op}_${i}`)
  const nameOf = (path: string) => names.find((name) => name.startsWith(path))!
  const times = (events: ReturnType<typeof event>[]) => [...layerTimesOf(graph, events, 0).layers]
  // By the name of what the last of them gives.
  assert.equal(times([event('block.act_nchwc', 3), event(nameOf('head/'), 1)]), [
    ['block.conv', 3],
    ['head', 1],
  ])
  assert.equal(times([event('block.act_nchwc_2', 3)]), [['block.conv', 3]])
  // By the name of the first of them.
  assert.equal(times([event(`fused ${nameOf('block.conv/Conv')}`, 3)]), [['block.conv', 3]])
  // A node that ran by itself is itself.
  assert.equal(times([event(nameOf('block.conv/Conv'), 3), event(nameOf('block.act/'), 2)]), [
    ['block.conv', 3],
    ['block.act', 2],
  ])
  assert.equal(times([event('ReorderOutput', 2), event('ReorderInput', 1)]), [['', 3]])
})

test.run()
