import { capture, cpuTarget, ir, optimize } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model } from '../../src/index.ts'
import { withSequenceLoops } from '../../src/network/sequences.ts'

const test = suite('sizes of sequences')

// biome-ignore lint/suspicious/noExplicitAny: tfjs types cells and wrapped layers more narrowly than it takes them.
const any = layers as any

class Net extends Model {
  readonly rnn: tf.layers.Layer
  constructor(make: () => tf.layers.Layer) {
    super()
    this.rnn = make()
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.rnn.apply(x) as tf.Tensor
  }
}

const BATCH = 3

test('a compiled step is as large for 500 steps as for 28', async () => {
  for (const make of [
    () => any.lstm({ units: 4 }),
    () => any.gru({ units: 4, goBackwards: true, dropout: 0.2 }),
    () => any.bidirectional({ layer: any.lstm({ units: 4 }) }),
    () => any.rnn({ cell: [any.lstmCell({ units: 3 }), any.gruCell({ units: 2 })] }),
  ]) {
    const net = new Net(make)
    net.apply(tf.zeros([BATCH, 4, 2]))
    const variables = Object.fromEntries(
      net.namedWeights().map(({ name, variable }) => [name, variable]),
    )
    const program = ({ x }: Record<string, tf.Tensor>) => {
      const loss = () => tf.sum(net.apply(x!, { training: true }) as tf.Tensor) as tf.Scalar
      const { value, grads } = tf.variableGrads(loss, Object.values(variables))
      const by = Object.values(grads).map((each, at) => [`g${at}`, each] as const)
      return { value, ...Object.fromEntries(by) }
    }
    const sizes: number[] = []
    for (const time of [28, 100, 500]) {
      const inputs = {
        x: { shape: [BATCH, time, 2], dtype: 'float32' },
        seed: { shape: [], dtype: 'int32' },
        step: { shape: [], dtype: 'int32' },
      } as const
      const graph = withSequenceLoops(() => capture(program, { inputs, variables }))
      assert.ok(graph.nodes.some(({ op }) => op === 'Scan'))
      sizes.push(ir.allNodes(optimize(graph, await cpuTarget())).length)
    }
    assert.equal(sizes, [sizes[0], sizes[0], sizes[0]])
  }
})

test.run()
