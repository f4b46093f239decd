import { type CompiledProgram, capture, compile, type Graph, StateStore } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { layers, Model } from '../../src/index.ts'
import { withMasks } from '../../src/network/masks.ts'
import { prepareStates } from '../../src/network/recurrent-state.ts'
import { withSequenceLoops } from '../../src/network/sequences.ts'

const { test, slow } = tieredSuite('sequences')

type Make = () => tf.layers.Layer
// biome-ignore lint/suspicious/noExplicitAny: tfjs types cells and wrapped layers more narrowly than it takes them.
const any = layers as any

/** A recurrent layer whose outputs are all looked at. */
class Net extends Model {
  readonly masking: tf.layers.Layer | undefined
  readonly rnn: tf.layers.Layer
  constructor(make: Make, masked: boolean) {
    super()
    this.masking = masked ? (layers.masking({ maskValue: 0 }) as never) : undefined
    this.rnn = make()
  }

  override call(x: tf.Tensor): tf.Tensor {
    const given = (this.masking?.apply(x) ?? x) as tf.Tensor
    const outputs = [this.rnn.apply(given) as tf.Tensor | tf.Tensor[]].flat()
    const flat = outputs.map((each) => tf.reshape(each, [each.shape[0]!, -1]))
    return tf.concat(flat, 1)
  }
}

const BATCH = 3

interface Captured {
  readonly graph: Graph
  run(): Promise<Record<string, Float32Array>>
}

/** Loss and derivatives by all weights and by the input, as graph. */
async function captured(
  net: Model,
  shape: readonly number[],
  loops: boolean,
  input: tf.Tensor,
): Promise<Captured> {
  const weights = net.namedWeights().filter(({ trainable }) => trainable)
  const variables = Object.fromEntries(
    Object.values(
      (tf.engine() as unknown as { registeredVariables: Record<string, tf.Variable> })
        .registeredVariables,
    ).map((each) => [each.name, each]),
  )
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const factor = tf.variable(tf.scalar(1))
    const { value, grads } = tf.variableGrads(() => {
      const y = withMasks(() => net.apply(tf.mul(x!, factor), { training: true }) as tf.Tensor)
      return tf.sum(tf.mul(tf.sin(y), tf.add(y, 0.5))) as tf.Scalar
    }, [...weights.map(({ variable }) => variable), factor])
    return {
      loss: value,
      ...Object.fromEntries(Object.values(grads).map((each, at) => [`g${at}`, each])),
    }
  }
  const inputs = {
    x: { shape: [BATCH, ...shape], dtype: 'float32' },
    seed: { shape: [], dtype: 'int32' },
    step: { shape: [], dtype: 'int32' },
  } as const
  const run = () => capture(program, { inputs, variables })
  const graph = loops ? withSequenceLoops(run) : run()
  return {
    graph,
    async run() {
      const state = new StateStore(variables)
      const compiled: CompiledProgram = await compile(graph, { state })
      const feeds = {
        x: input.dataSync() as Float32Array,
        seed: Int32Array.of(3),
        step: Int32Array.of(5),
      }
      const first = await compiled.run(feeds)
      const results = Object.fromEntries(
        Object.entries(first).map(([name, data]) => [name, (data as Float32Array).slice()]),
      )
      // Another one, with the states that the first left.
      const second = await compiled.run(feeds)
      results.again = (second.loss as Float32Array).slice()
      await compiled.dispose()
      state.dispose()
      return results
    },
  }
}

function loopsIn(graph: Graph): number {
  return graph.nodes.filter(({ op }) => op === 'Scan').length
}

/** Holds a layer as a loop against the same written out. */
async function check(
  make: Make,
  shape: readonly number[],
  { masked = false, loops = 2, tolerance = 2e-5 } = {},
): Promise<void> {
  const net = new Net(make, masked)
  const random = tf.randomNormal([BATCH, ...shape], 0, 1, 'float32', 11)
  // Some steps count, others do not: at the end, in the midst, all.
  const counts = tf.tensor([1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1], [BATCH, 5])
  const input = masked
    ? tf.mul(
        random,
        tf.reshape(counts.slice([0, 0], [BATCH, shape[0]!]), [
          BATCH,
          shape[0]!,
          ...shape.slice(1).map(() => 1),
        ]),
      )
    : random
  net.apply(input)
  for (const { variable } of net.namedWeights()) {
    // Biases begin at zero: then a mistake in them would not show.
    variable.assign(tf.add(variable, tf.randomNormal(variable.shape, 0, 0.2, 'float32', 7)))
  }
  prepareStates('test', net, { batchSize: BATCH, samples: BATCH })
  const written = await captured(net, shape, false, input)
  const looped = await captured(net, shape, true, input)
  assert.is(loopsIn(written.graph), 0)
  assert.is(loopsIn(looped.graph), loops)
  const [expected, given] = [await written.run(), await looped.run()]
  assert.equal(Object.keys(given), Object.keys(expected))
  for (const [name, numbers] of Object.entries(expected)) {
    const largest = numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 1e-3)
    assert.is(given[name]!.length, numbers.length)
    for (const [at, each] of numbers.entries()) {
      const off = Math.abs(given[name]![at]! - each) / largest
      assert.ok(off < tolerance, `${name}[${at}]: ${given[name]![at]} in place of ${each}`)
    }
  }
}

const CELLS: Readonly<Record<string, (options: object) => tf.layers.Layer>> = {
  LSTM: (options) => any.lstm({ units: 3, ...options }),
  GRU: (options) => any.gru({ units: 3, ...options }),
  'GRU that resets before': (options) => any.gru({ units: 3, resetAfter: false, ...options }),
  SimpleRNN: (options) => any.simpleRNN({ units: 3, ...options }),
}

const OPTIONS: Readonly<Record<string, object>> = {
  'the last output': {},
  'all outputs, backwards': { returnSequences: true, goBackwards: true },
  'outputs and states': { returnSequences: true, returnState: true },
  'no bias': { useBias: false, activation: 'softsign' },
  'dropout of inputs and states': { dropout: 0.4, recurrentDropout: 0.3, returnSequences: true },
  'states that are kept': { stateful: true, batchInputShape: [BATCH, 5, 2] },
  regularizers: { kernelRegularizer: 'l2', recurrentRegularizer: 'l1' },
}

const { 'the last output': last, 'dropout of inputs and states': dropped } = OPTIONS
const FEW = [last!, dropped!]
const OPTIONS_OF: Readonly<Record<string, readonly object[]>> = {
  LSTM: Object.values(OPTIONS),
  GRU: Object.values(OPTIONS),
}

for (const [cell, make] of Object.entries(CELLS)) {
  test(`${cell} as a loop equals the steps written out`, async () => {
    for (const options of FEW) await check(() => make(options), [5, 2])
  })

  slow(`${cell} as a loop, with each of its options`, async () => {
    for (const options of OPTIONS_OF[cell] ?? FEW) await check(() => make(options), [5, 2])
  })

  slow(`${cell} with masks`, async () => {
    for (const options of [{}, { returnSequences: true, goBackwards: true }]) {
      await check(() => make(options), [5, 2], { masked: true })
    }
  })
}

slow('both directions', async () => {
  for (const mergeMode of ['concat', 'mul', null]) {
    const layer = any.lstm({ units: 3, returnSequences: true })
    await check(() => any.bidirectional({ layer, mergeMode }), [5, 2], { loops: 4 })
  }
  const layer = any.gru({ units: 2 })
  await check(() => any.bidirectional({ layer, mergeMode: 'concat' }), [4, 2], {
    loops: 4,
    masked: true,
  })
})

slow('several cells as one', async () => {
  const cells = () => [
    any.lstmCell({ units: 3, dropout: 0.3 }),
    any.gruCell({ units: 2, recurrentDropout: 0.3 }),
    any.simpleRNNCell({ units: 4 }),
  ]
  await check(() => any.rnn({ cell: cells(), returnSequences: true, returnState: true }), [5, 2])
  await check(() => any.rnn({ cell: cells() }), [5, 2], { masked: true })
})

slow('LSTMs with convolutions', async () => {
  await check(
    () => any.convLstm2d({ filters: 2, kernelSize: 3, padding: 'same', returnSequences: true }),
    [4, 4, 5, 2],
  )
  await check(
    () => any.convLstm2d({ filters: 2, kernelSize: 2, strides: 2, dropout: 0.3 }),
    [3, 6, 6, 2],
  )
})

slow('a loop within a loop, and two layers of which one is shared', async () => {
  class Twice extends tf.layers.Layer {
    readonly inner = any.gru({
      units: 2,
      returnSequences: true,
      dropout: 0.3,
      recurrentDropout: 0.2,
    })
    readonly outer = any.lstm({ units: 2 })
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const given = [x].flat()[0]!
      return this.outer.apply(this.inner.apply(this.inner.apply(given)))
    }
    static readonly className = 'Twice'
  }
  await check(() => new Twice({}), [5, 2], { loops: 6 })
})

/** A cell with a step of the user's own. */
function cellOf(
  step: (
    x: tf.Tensor,
    state: tf.Tensor,
    weights: readonly tf.Tensor[],
  ) => readonly [tf.Tensor, tf.Tensor],
) {
  class Own extends tf.layers.Layer {
    readonly stateSize = 3
    declare kernel: tf.LayerVariable
    declare recurrent: tf.LayerVariable
    override build([, features]: tf.Shape) {
      this.kernel = this.addWeight(
        'kernel',
        [features!, 3],
        'float32',
        tf.initializers.glorotUniform({}),
      )
      this.recurrent = this.addWeight(
        'recurrent',
        [3, 3],
        'float32',
        tf.initializers.glorotUniform({}),
      )
      this.built = true
    }
    override call([x, state]: tf.Tensor[]): tf.Tensor[] {
      return [...step(x!, state!, [this.kernel.read(), this.recurrent.read()])]
    }
    static readonly className = 'Own'
    override getClassName() {
      return 'Own'
    }
  }
  return () => any.rnn({ cell: new Own({}), returnSequences: true })
}

const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)

slow("steps of one's own", async () => {
  await check(
    cellOf((x, state, [kernel, recurrent]) => {
      // An output that is no state, weights that are changed in the step, a product with a weight on the left, and one that is used twice.
      const squeezed = tf.tanh(tf.mul(kernel!, 2))
      const next = tf.tanh(tf.add(product(x, squeezed), product(state, tf.sigmoid(recurrent!))))
      const odd = tf.transpose(product(recurrent!, tf.transpose(product(next, recurrent!))))
      return [tf.softmax(tf.add(odd, tf.cumsum(state, 1))), next]
    }),
    [5, 2],
  )
  // A state that no derivative goes through, one that begins a new sequence, and a step that does not look at its input.
  await check(
    cellOf((x, state, [kernel]) => [
      tf.exp(tf.neg(tf.square(product(x, kernel!)))),
      tf.sign(state),
    ]),
    [5, 2],
  )
  await check(
    cellOf((x, _, [kernel]) => [product(x, kernel!), tf.relu(product(x, kernel!))]),
    [5, 2],
  )
  await check(
    cellOf((_, state, [, recurrent]) => {
      const next = tf.add(tf.cos(product(state, recurrent!)), 0.1)
      return [tf.max(next, 1, true), next]
    }),
    [5, 2],
  )
})

test('a derivative that a step has of its own', async () => {
  // Straight through: rounding, with the derivative of the identity.
  const rounded = tf.customGrad((x) => ({
    value: tf.round(tf.mul(x as tf.Tensor, 4)),
    gradFunc: (dy) => tf.mul(dy as tf.Tensor, 3),
  }))
  await check(
    cellOf((x, state, [kernel, recurrent]) => {
      const next = tf.tanh(rounded(tf.add(product(x, kernel!), product(state, recurrent!))))
      return [next, next]
    }),
    [5, 2],
  )
})

test('steps that cannot be in a loop are written out', async () => {
  const input = tf.ones([BATCH, 5, 2])
  const drawing = new Net(
    cellOf((x, state, [kernel]) => {
      const next = tf.add(tf.dropout(product(x, kernel!), 0.5), state)
      return [next, next]
    }),
    false,
  )
  drawing.apply(input)
  const drawn = await captured(drawing, [5, 2], true, input)
  assert.is(loopsIn(drawn.graph), 0)
  assert.ok((await drawn.run()).loss!.every(Number.isFinite))
  let calls = 0
  const net = new Net(
    cellOf((x, state, [kernel]) => {
      const next = tf.mul(tf.add(product(x, kernel!), state), calls++ % 5)
      return [next, next]
    }),
    false,
  )
  net.apply(input)
  assert.is(loopsIn((await captured(net, [5, 2], true, input)).graph), 0)
  const counter = tf.variable(tf.scalar(0), false)
  await check(
    cellOf((x, state, [kernel]) => {
      counter.assign(tf.add(counter, 1))
      const next = tf.mul(tf.add(product(x, kernel!), state), counter)
      return [next, next]
    }),
    [5, 2],
    { loops: 0 },
  )
})

slow('short sequences are written out', async () => {
  for (const [time, loops] of [
    [1, 0],
    [2, 0],
    [3, 2],
  ] as const) {
    await check(() => any.lstm({ units: 2 }), [time, 2], { loops })
  }
})

test.run()
