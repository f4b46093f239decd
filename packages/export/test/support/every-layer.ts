import * as tf from '@tensorflow/tfjs'

/** A layer with what it is applied to, to be exported. */
export interface LayerExample {
  /** Class name of the layer, as tfjs registers it. */
  readonly layer: string
  /** What is special about it. */
  readonly name?: string
  /** Shapes without the batch; one input each. */
  readonly inputs: readonly (readonly (number | null)[])[]
  readonly dtype?: 'float32' | 'int32'
  make(): tf.layers.Layer
}

const one =
  (layer: string, inputs: readonly (readonly (number | null)[])[], name?: string) =>
  (make: () => tf.layers.Layer): LayerExample => ({
    layer,
    inputs,
    make,
    ...(name !== undefined && { name }),
  })

const image = [[6, 8, 3]]
const sequence = [[5, 4]]
const volume = [[4, 5, 6, 2]]
const flat = [[7]]
const pair = [[4], [4]]
const { layers } = tf

const uniform = (seed: number) => tf.initializers.randomUniform({ minval: -1, maxval: 1, seed })
const seeded = { kernelInitializer: uniform(1), biasInitializer: uniform(2) }
const depthwise = { depthwiseInitializer: uniform(3), biasInitializer: uniform(2) }
const recurrent = { ...seeded, recurrentInitializer: uniform(4), units: 3 }

/** Every layer of tfjs-layers, in the forms that lower differently. */
export const everyLayer: readonly LayerExample[] = [
  one('Activation', flat)(() => layers.activation({ activation: 'tanh' })),
  ...(
    [
      'elu',
      'gelu',
      'gelu_new',
      'hardSigmoid',
      'linear',
      'mish',
      'relu',
      'relu6',
      'selu',
      'sigmoid',
      'softmax',
      'softplus',
      'softsign',
      'swish',
      'tanh',
    ] as const
  ).map((activation) =>
    one(
      'Dense',
      flat,
      activation,
    )(() => layers.dense({ ...seeded, units: 5, activation: activation as 'relu' })),
  ),
  one('Dense', sequence, 'on sequences')(() => layers.dense({ ...seeded, units: 3 })),
  one('Dropout', flat)(() => layers.dropout({ rate: 0.5 })),
  one('SpatialDropout1D', sequence)(() => layers.spatialDropout1d({ rate: 0.5 } as never)),
  one('GaussianDropout', flat)(() => layers.gaussianDropout({ rate: 0.5 })),
  one('GaussianNoise', flat)(() => layers.gaussianNoise({ stddev: 1 })),
  one('AlphaDropout', flat)(() => layers.alphaDropout({ rate: 0.5 })),
  one('Flatten', image)(() => layers.flatten()),
  one('Reshape', [[12]])(() => layers.reshape({ targetShape: [3, -1] })),
  one('Permute', image)(() => layers.permute({ dims: [3, 1, 2] })),
  one('RepeatVector', flat)(() => layers.repeatVector({ n: 3 })),
  one('Masking', sequence)(() => layers.masking({ maskValue: 0 })),
  {
    ...one('Embedding', [[4]])(() => layers.embedding({ inputDim: 9, outputDim: 3 })),
    dtype: 'int32',
  },
  one('ELU', flat)(() => layers.elu()),
  one('ReLU', flat)(() => layers.reLU({ maxValue: 1 })),
  one('LeakyReLU', flat)(() => layers.leakyReLU({ alpha: 0.2 })),
  one('PReLU', image)(() => layers.prelu({ alphaInitializer: uniform(5), sharedAxes: [1, 2] })),
  one('PReLU', image, 'per pixel')(() => layers.prelu({ alphaInitializer: uniform(5) })),
  one('Softmax', sequence)(() => layers.softmax({ axis: -1 })),
  one('ThresholdedReLU', flat)(() => layers.thresholdedReLU({ theta: 0.5 })),
  one(
    'Conv1D',
    sequence,
  )(() => layers.conv1d({ ...seeded, filters: 3, kernelSize: 2, activation: 'relu' })),
  one(
    'Conv2D',
    image,
  )(() => layers.conv2d({ ...seeded, filters: 4, kernelSize: 3, padding: 'same' })),
  one(
    'Conv2D',
    image,
    'strided, fused',
  )(() =>
    layers.conv2d({ ...seeded, filters: 4, kernelSize: [3, 2], strides: 2, activation: 'relu' }),
  ),
  one(
    'Conv2D',
    image,
    'dilated',
  )(() => layers.conv2d({ ...seeded, filters: 4, kernelSize: 2, dilationRate: 2, useBias: false })),
  one(
    'Conv2DTranspose',
    image,
  )(() =>
    layers.conv2dTranspose({ ...seeded, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  one(
    'Conv2DTranspose',
    image,
    'valid',
  )(() => layers.conv2dTranspose({ ...seeded, filters: 4, kernelSize: 3, strides: 2 })),
  one('Conv3D', volume)(() => layers.conv3d({ ...seeded, filters: 3, kernelSize: 2 })),
  one(
    'Conv3DTranspose',
    volume,
  )(() => layers.conv3dTranspose({ ...seeded, filters: 3, kernelSize: 2, strides: 2 })),
  one(
    'SeparableConv2D',
    image,
  )(() =>
    layers.separableConv2d({
      filters: 4,
      kernelSize: 3,
      depthMultiplier: 2,
      depthwiseInitializer: uniform(3),
      pointwiseInitializer: uniform(6),
    }),
  ),
  one(
    'DepthwiseConv2D',
    image,
  )(() =>
    layers.depthwiseConv2d({ ...depthwise, kernelSize: 3, padding: 'same', depthMultiplier: 2 }),
  ),
  one(
    'Cropping2D',
    image,
  )(() =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  ),
  one('UpSampling2D', image)(() => layers.upSampling2d({ size: [2, 3] })),
  one(
    'UpSampling2D',
    image,
    'bilinear',
  )(() => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  one(
    'ZeroPadding2D',
    image,
  )(() =>
    layers.zeroPadding2d({
      padding: [
        [1, 0],
        [2, 1],
      ],
    }),
  ),
  one('MaxPooling1D', sequence)(() => layers.maxPooling1d({ poolSize: 2 })),
  one(
    'AveragePooling1D',
    sequence,
  )(() => layers.averagePooling1d({ poolSize: 2, padding: 'same' })),
  one(
    'MaxPooling2D',
    image,
  )(() => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  one(
    'AveragePooling2D',
    image,
  )(() => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  one('MaxPooling3D', volume)(() => layers.maxPooling3d({ poolSize: 2 })),
  one('AveragePooling3D', volume)(() => layers.averagePooling3d({ poolSize: 2 })),
  one('GlobalAveragePooling1D', sequence)(() => layers.globalAveragePooling1d({})),
  one('GlobalMaxPooling1D', sequence)(() => layers.globalMaxPooling1d({})),
  one(
    'GlobalAveragePooling2D',
    image,
  )(() => layers.globalAveragePooling2d({ dataFormat: 'channelsLast' })),
  one('GlobalMaxPooling2D', image)(() => layers.globalMaxPooling2d({ dataFormat: 'channelsLast' })),
  one(
    'BatchNormalization',
    image,
  )(() =>
    layers.batchNormalization({
      betaInitializer: uniform(7),
      gammaInitializer: uniform(8),
      movingMeanInitializer: uniform(9),
    }),
  ),
  one(
    'BatchNormalization',
    flat,
    'flat',
  )(() =>
    layers.batchNormalization({ betaInitializer: uniform(7), movingMeanInitializer: uniform(9) }),
  ),
  one(
    'LayerNormalization',
    sequence,
  )(() => layers.layerNormalization({ gammaInitializer: uniform(7), betaInitializer: uniform(8) })),
  one('Add', pair)(() => layers.add()),
  one('Average', pair)(() => layers.average()),
  one('Concatenate', [
    [3, 4],
    [3, 2],
  ])(() => layers.concatenate()),
  one('Dot', pair)(() => layers.dot({ axes: 1 })),
  one(
    'Dot',
    [
      [3, 4],
      [5, 4],
    ],
    'of matrices, normalized',
  )(() => layers.dot({ axes: 2, normalize: true })),
  one('Maximum', pair)(() => layers.maximum()),
  one('Minimum', pair)(() => layers.minimum()),
  one('Multiply', pair)(() => layers.multiply()),
  ...(['simpleRNN', 'gru', 'lstm'] as const).flatMap((kind) => {
    const layer = { simpleRNN: 'SimpleRNN', gru: 'GRU', lstm: 'LSTM' }[kind]
    return [
      one(layer, sequence)(() => layers[kind](recurrent as never)),
      one(
        layer,
        sequence,
        'returning sequences, backwards',
      )(() => layers[kind]({ ...recurrent, returnSequences: true, goBackwards: true } as never)),
    ]
  }),
  one(
    'GRU',
    sequence,
    'reset after',
  )(() => layers.gru({ ...recurrent, resetAfter: false, recurrentActivation: 'sigmoid' } as never)),
  one('ConvLSTM2D', [[3, 5, 5, 2]])(() =>
    layers.convLstm2d({ ...seeded, filters: 2, kernelSize: 3 } as never),
  ),
  one(
    'RNN',
    sequence,
  )(() =>
    layers.rnn({
      cell: [layers.lstmCell(recurrent), layers.gruCell(recurrent)],
    } as never),
  ),
  one(
    'StackedRNNCells',
    sequence,
  )(() =>
    layers.rnn({ cell: layers.stackedRNNCells({ cells: [layers.simpleRNNCell(recurrent)] }) }),
  ),
  one('SimpleRNNCell', sequence)(() => layers.rnn({ cell: layers.simpleRNNCell(recurrent) })),
  one('GRUCell', sequence)(() => layers.rnn({ cell: layers.gruCell(recurrent) })),
  one('LSTMCell', sequence)(() => layers.rnn({ cell: layers.lstmCell(recurrent) })),
  one('ConvLSTM2DCell', [[3, 5, 5, 2]])(() =>
    layers.convLstm2d({ ...seeded, filters: 2, kernelSize: 3, returnSequences: true } as never),
  ),
  one(
    'Bidirectional',
    sequence,
  )(() =>
    layers.bidirectional({
      layer: layers.lstm({ ...recurrent, returnSequences: true }) as never,
      mergeMode: 'concat',
    }),
  ),
  one(
    'TimeDistributed',
    sequence,
  )(() => layers.timeDistributed({ layer: layers.dense({ ...seeded, units: 3 }) })),
  one('Rescaling', image)(() => layers.rescaling({ scale: 1 / 255, offset: -1 })),
  one('CenterCrop', image)(() => layers.centerCrop({ height: 4, width: 4 })),
]

/** Layers that do not export, and why. */
export const refusedLayers: Readonly<Record<string, string>> = {
  CategoryEncoding: 'it reads the numbers of its input, to refuse those out of range',
  InputLayer: 'it computes nothing: every model has one',
  Model: 'it is made of other layers',
  RandomWidth: 'it draws a width for each batch, and fails as Resizing does',
  Resizing: 'tfjs gives it a list of tensors within models, which it cannot resize',
}

/** A model of nothing but the layer. */
export function modelOf({ inputs, dtype = 'float32', make }: LayerExample): tf.LayersModel {
  const symbols = inputs.map((shape) => tf.input({ shape: [...shape], dtype }))
  const output = make().apply(symbols.length === 1 ? symbols[0]! : symbols)
  return tf.model({ inputs: symbols, outputs: output as tf.SymbolicTensor })
}
