import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { onBackend } from '../../src/verify/reference.ts'
import { loadKeras3, type Numbers, names, readKeras3 } from '../support/keras3.ts'

const test = suite('models of Keras 3')

function predict(model: tf.LayersModel, inputs: readonly Numbers[]): Numbers[] {
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, data }) => tf.tensor(data, shape))
    const outputs = model.predict(tensors.length === 1 ? tensors[0]! : tensors)
    return [outputs].flat().map((each) => ({ shape: each.shape, data: [...each.dataSync()] }))
  })
}

function close(actual: readonly Numbers[], expected: readonly Numbers[]): void {
  assert.equal(
    actual.map(({ shape }) => shape),
    expected.map(({ shape }) => shape),
  )
  for (const [index, { data }] of expected.entries()) {
    const largest = Math.max(...data.map(Math.abs))
    for (const [at, number] of data.entries()) {
      const given = actual[index]!.data[at]!
      assert.ok(
        Math.abs(given - number) <= 2e-6 + 1e-5 * largest,
        `output ${index}, number ${at}: Keras predicts ${number}, this model ${given}`,
      )
    }
  }
}

/** These have what no other network of the tests has; test/deep exports all of them. */
const EXPORTED = ['attention', 'several', 'resized']

for (const name of names) {
  test(`${name}: Keras's predictions`, async () => {
    const fixture = await readKeras3(name)
    const model = await loadKeras3(fixture)
    await onBackend('cpu', () => close(predict(model, fixture.inputs), fixture.outputs))
  })

  if (!EXPORTED.some((each) => name === `${each}-keras.json`)) continue
  test(`${name}: exports`, async () => {
    const { report } = await exportOnnx(await loadKeras3(await readKeras3(name)))
    assert.ok(report.verification.passed)
  })
}

/** A layer's configuration as Keras 3 writes it, and a functional model of one input and some nodes behind it. */
const described = (
  class_name: string,
  config: object,
  args: unknown[] = [tensor('x')],
  kwargs = {},
) => ({
  class_name,
  name: 'y',
  config: { name: 'y', trainable: true, dtype: policy('float32'), ...config },
  inbound_nodes: [{ args, kwargs }],
})
const policy = (name: string) => ({ module: 'keras', class_name: 'DTypePolicy', config: { name } })
const tensor = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
})
const functional = (...layers: object[]) => ({
  keras_version: '3.15.1',
  model_config: {
    class_name: 'Functional',
    config: {
      name: 'model',
      layers: [
        {
          class_name: 'InputLayer',
          name: 'x',
          config: { batch_shape: [null, 4], dtype: 'float32', name: 'x' },
          inbound_nodes: [],
        },
        ...layers,
      ],
      input_layers: ['x', 0, 0],
      output_layers: ['y', 0, 0],
    },
  },
})
const dense = { units: 2, use_bias: false }
const kernel = { name: 'y/kernel', shape: [4, 2], dtype: 'float32' }

const refusals: Readonly<Record<string, readonly [object, string, object[]?]>> = {
  'a layer that neither has': [
    functional(described('Hashing', {})),
    'every layer must be known, Hashing is not',
  ],
  'a Lambda, which would run code': [
    functional(described('Lambda', { function: 'os' })),
    'Lambda is not',
  ],
  groups: [
    functional(described('Conv2D', { filters: 2, kernel_size: 1, groups: 2 })),
    'Conv2D y: `groups` must be 1: TensorFlow.js has no other, got 2',
  ],
  'numbers of another size': [
    functional(described('Dense', { ...dense, dtype: policy('float64') })),
    'the element type must be float32',
  ],
  'dropout outside of training': [
    functional(described('Dropout', { rate: 0.5 }, [tensor('x')], { training: true })),
    'y: a layer must not be called with `training=True`',
  ],
  'arguments that would be lost': [
    functional(described('MultiHeadAttention', {}, [tensor('x')], { attention_mask: tensor('x') })),
    'MultiHeadAttention must be called with tensors alone',
  ],
  'masks of somebody else': [
    functional(described('LSTM', { units: 2 }, [tensor('x')], { mask: tensor('x') })),
    'masks must come of Masking or Embedding',
  ],
  'functions that neither has': [
    functional({
      class_name: 'Einsum',
      name: 'y',
      config: { name: 'y' },
      inbound_nodes: [{ args: [tensor('x')], kwargs: {} }],
    }),
    "y: TensorFlow.js has no layer for Keras's function Einsum, only for Add",
  ],
  'layers that are not there': [
    functional(described('Dense', dense, [tensor('z')])),
    'every layer that is read from must be there, got "z"',
  ],
  'both directions apart': [
    functional(
      described('Bidirectional', {
        layer: described('LSTM', { units: 2 }),
        backward_layer: described('LSTM', { units: 3 }),
      }),
    ),
    'both directions must have the same settings',
  ],
  'masked zeros': [
    functional(described('Masking', {}), described('LSTM', { zero_output_for_mask: true })),
    'masked steps must not come out of a recurrent layer as zeros',
  ],
  'a subclassed model': [
    { keras_version: '3.15.1', model_config: { class_name: 'MyModel', config: { units: 3 } } },
    'the model must be Sequential or functional, got "MyModel"',
  ],
  'no layers at all': [
    { keras_version: '3.15.1', model_config: {} },
    'must have a class_name and a config',
  ],
  'missing weights': [
    functional(described('Dense', { ...dense, use_bias: true })),
    'the weights must be those of the layers, got {"missing":["y/bias"]}',
  ],
  'left-over weights': [
    functional(described('Dense', dense)),
    'got {"leftOver":["z/kernel"]}',
    [kernel, { ...kernel, name: 'z/kernel' }],
  ],
  'weights of another shape': [
    functional(described('Dense', { ...dense, units: 3 })),
    'the weight must be [4, 3], as the layer y has it, got "[4, 2]"',
  ],
}

for (const [name, [topology, message, weights = [kernel]]] of Object.entries(refusals)) {
  test(`refused: ${name}`, async () => {
    const model = {
      modelTopology: topology as Record<string, unknown>,
      weightsManifest: [{ weights }] as const,
    }
    const error = await loadKeras3({
      model,
      weights: Buffer.alloc(32 * weights.length).toString('base64'),
    }).then(
      () => assert.unreachable('it loads'),
      (cause: Error) => cause,
    )
    assert.instance(error, DataError)
    assert.ok((error as Error).message.includes(message), (error as Error).message)
  })
}

test('constants of functions, layers taken twice, and weights named by layers alone', async () => {
  const topology = functional(
    {
      class_name: 'Subtract',
      name: 'y',
      config: { name: 'y' },
      inbound_nodes: [{ args: [1.5, tensor('d')], kwargs: {} }],
    },
    {
      ...described('Dense', dense),
      name: 'd',
      config: { ...described('Dense', dense).config, name: 'd' },
    },
  )
  const numbers = Float32Array.from({ length: 8 }, (_, index) => index)
  const model = await loadKeras3({
    model: {
      modelTopology: topology,
      weightsManifest: [{ weights: [{ ...kernel, name: 'd/kernel' }] }],
    },
    weights: Buffer.from(numbers.buffer).toString('base64'),
  })
  const [{ data }] = predict(model, [{ shape: [1, 4], data: [1, 1, 0, 0] }]) as [Numbers]
  assert.equal(data, [1.5 - 2, 1.5 - 4])
})

test.run()
