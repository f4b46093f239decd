import { layers } from '@ashlar/core'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'

const test = suite('layers that go over sequences')

const seeded = {
  kernelInitializer: tf.initializers.randomUniform({ seed: 1 }),
  recurrentInitializer: tf.initializers.randomUniform({ seed: 2 }),
  biasInitializer: tf.initializers.randomUniform({ seed: 3 }),
}

type Make = (time: number | null) => tf.LayersModel

const stack =
  (...make: ((input: object) => tf.layers.Layer)[]): Make =>
  (time) =>
    tf.sequential({
      layers: make.map((each, index) => each(index === 0 ? { inputShape: [time, 4] } : {})),
    })

/** The ops that matter of a file of any length, and of one of six steps. */
const networks: Readonly<Record<string, readonly [Make, readonly string[], readonly string[]]>> = {
  'an LSTM': [stack((input) => layers.lstm({ ...seeded, units: 3, ...input })), ['LSTM'], ['LSTM']],
  'a stack that turns around': [
    stack(
      (input) => layers.lstm({ ...seeded, units: 3, returnSequences: true, ...input }),
      () => layers.gru({ ...seeded, units: 2, goBackwards: true, returnSequences: true }),
      () => layers.simpleRNN({ ...seeded, units: 2, useBias: false }),
    ),
    ['LSTM', 'GRU', 'RNN'],
    ['LSTM', 'GRU', 'RNN'],
  ],
  'both ways': [
    stack((input) =>
      layers.bidirectional({
        layer: layers.gru({ ...seeded, units: 3, returnSequences: true }) as never,
        mergeMode: 'concat',
        ...input,
      }),
    ),
    ['GRU', 'GRU'],
    ['GRU', 'GRU'],
  ],
  'states handed on': [
    (time) => {
      const x = tf.input({ shape: [time, 4] })
      const options = { ...seeded, units: 3, returnState: true }
      const [, h, c] = layers.lstm(options).apply(x) as tf.SymbolicTensor[]
      const y = layers.lstm({ ...seeded, units: 3 }).apply(x, { initialState: [h, c] } as never)
      return tf.model({ inputs: x, outputs: [y as tf.SymbolicTensor, h!] })
    },
    ['LSTM', 'LSTM'],
    ['LSTM', 'LSTM'],
  ],
  'masked steps': [
    stack(
      (input) => layers.masking({ maskValue: 0, ...input }),
      () => layers.lstm({ ...seeded, units: 3, returnSequences: true }),
      () => layers.gru({ ...seeded, units: 2 }),
    ),
    ['Loop', 'Loop'],
    [],
  ],
  'an activation that ONNX has not': [
    stack((input) =>
      layers.lstm({
        ...seeded,
        units: 3,
        activation: 'swish',
        returnSequences: true,
        goBackwards: true,
        ...input,
      }),
    ),
    ['Loop'],
    [],
  ],
  'cells on cells': [
    stack((input) =>
      layers.rnn({
        cell: [layers.lstmCell({ ...seeded, units: 3 }), layers.gruCell({ ...seeded, units: 2 })],
        ...input,
      } as never),
    ),
    ['Loop'],
    [],
  ],
  'a layer at each step': [
    stack(
      (input) =>
        layers.timeDistributed({ layer: layers.dense({ ...seeded, units: 3 }), ...input } as never),
      () => layers.gru({ ...seeded, units: 2 }),
    ),
    ['GRU'],
    ['GRU'],
  ],
  'convolutions over time': [
    () =>
      tf.sequential({
        layers: [
          layers.convLstm2d({
            ...seeded,
            filters: 2,
            kernelSize: 3,
            returnSequences: true,
            inputShape: [null, 5, 5, 2],
          } as never),
        ],
      }),
    ['Loop'],
    ['Loop'],
  ],
}

for (const [name, [make, free, fixed]] of Object.entries(networks)) {
  for (const [length, time, ops] of [
    ['any length', null, free],
    ['six steps', 6, fixed],
  ] as const) {
    test(`${name}, of ${length}`, async () => {
      const { bytes, report } = await exportOnnx(make(time))
      assert.ok(report.verification.passed)
      assert.equal(
        onnx.ModelProto.decode(bytes)
          .graph!.node!.map(({ opType }) => opType!)
          .filter((op) => ['LSTM', 'GRU', 'RNN', 'Loop'].includes(op)),
        ops,
      )
    })
  }
}

test('words that are masked, of any number', async () => {
  const model = tf.sequential({
    layers: [
      layers.embedding({
        inputDim: 10,
        outputDim: 4,
        maskZero: true,
        batchInputShape: [null, null],
        embeddingsInitializer: tf.initializers.randomUniform({ seed: 4 }),
      }),
      layers.bidirectional({
        layer: layers.lstm({ ...seeded, units: 3 }) as never,
        mergeMode: 'concat',
      }),
    ],
  })
  const { report } = await exportOnnx(model)
  assert.ok(report.verification.passed)
})

test('one LSTM is one op between two transposes', async () => {
  const [make] = networks['an LSTM']!
  const { report } = await exportOnnx(make(null))
  assert.ok(report.file.nodes <= 3, `${report.file.nodes} nodes`)
})

test('a GRU says whether it resets before or after', async () => {
  const flags: number[] = []
  for (const resetAfter of [true, false]) {
    const make = stack((input) => layers.gru({ ...seeded, units: 2, resetAfter, ...input }))
    const { bytes, report } = await exportOnnx(make(null))
    assert.ok(report.verification.passed)
    const gru = onnx.ModelProto.decode(bytes).graph!.node!.find(({ opType }) => opType === 'GRU')!
    flags.push(Number(gru.attribute!.find(({ name }) => name === 'linear_before_reset')?.i ?? 0))
  }
  assert.equal(flags, [1, 0])
})

test.run()
