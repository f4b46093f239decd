import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model, meanSquaredError, onnxruntimeEngine, tfjsEngine } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { gradientsBy, sameWithin } from '../engines/differential.ts'

await tf.setBackend('cpu')

const test = suite('cells of recurrent layers')

type Cell = Parameters<typeof layers.rnn>[0]['cell'] & tf.layers.Layer

const convolutional = () =>
  layers.convLstm2dCell({ filters: 2, kernelSize: 2, padding: 'same' }) as unknown as Cell

const samplesOf = (shape: readonly number[]) => {
  const length = 3
  const count = length * tf.util.sizeFromShape([...shape])
  return {
    inputs: Float32Array.from({ length: count }, (_, at) => Math.sin(12.9898 * at)),
    labels: Float32Array.from({ length: 2 * length }, (_, at) => Math.cos(at)),
    length,
    info: { inputShape: shape, labelShape: [2], inputDtype: 'float32', labelDtype: 'float32' },
  } as never
}

async function trainsAlike(model: Model, shape: readonly number[]): Promise<void> {
  model.build([null, ...shape])
  const compiled = compileTraining({ optimizer: 'sgd', loss: meanSquaredError() })
  const expected = await gradientsBy(tfjsEngine(), model, compiled, samplesOf(shape))
  sameWithin(await gradientsBy(onnxruntimeEngine(), model, compiled, samplesOf(shape)), expected)
  model.dispose()
}

class Around extends Model {
  readonly layer
  readonly flat = layers.flatten()
  readonly head = layers.dense({ units: 2 })

  constructor(layer: { apply(x: tf.Tensor): tf.Tensor }) {
    super({ seed: 2 })
    this.layer = layer
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.layer.apply(x)
    return this.head.apply(y.rank > 2 ? this.flat.apply(y) : y)
  }
}

for (const returnSequences of [false, true]) {
  test(`rnn of a convolutional cell, ${returnSequences ? 'all steps' : 'the last step'}`, () =>
    trainsAlike(new Around(layers.rnn({ cell: convolutional(), returnSequences })), [3, 4, 5, 2]))
}

test('rnn of a convolutional cell is the layer of that name', () => {
  tf.tidy(() => {
    const x = tf.sin(tf.reshape(tf.range(0, 2 * 3 * 4 * 4 * 2), [2, 3, 4, 4, 2]))
    const cell = convolutional()
    const rnn = layers.rnn({ cell, returnSequences: true })
    const options = { filters: 2, kernelSize: 2, padding: 'same', returnSequences: true } as const
    const whole = layers.convLstm2d(options)
    const y = rnn.apply(x)
    whole.apply(x)
    assert.is((rnn as unknown as { cell: unknown }).cell, cell)
    whole.setWeights(rnn.getWeights())
    allClose(whole.apply(x).dataSync(), [...y.dataSync()])
  })
})

/** Two steps of a cell, by hand. */
class ByHand extends Model {
  readonly cell
  readonly states
  readonly flat = layers.flatten()
  readonly head = layers.dense({ units: 2 })

  constructor(cell: tf.layers.Layer, states: number) {
    super({ seed: 2 })
    this.cell = cell as tf.layers.Layer & { apply(x: tf.Tensor[]): tf.Tensor[] }
    this.states = states
  }

  override call(x: tf.Tensor): tf.Tensor {
    // As many features as units, so that zeros like the input are a state.
    let states = Array.from({ length: this.states }, () => tf.zerosLike(x))
    let output = x
    for (const input of [x, tf.sin(x)]) {
      ;[output, ...states] = this.cell.apply([input, ...states]) as [tf.Tensor, ...tf.Tensor[]]
    }
    return this.head.apply(output.rank > 2 ? this.flat.apply(output) : output)
  }
}

const byHand: Readonly<Record<string, readonly [() => tf.layers.Layer, number, number[]]>> = {
  simpleRNNCell: [() => layers.simpleRNNCell({ units: 3 }), 1, [3]],
  gruCell: [() => layers.gruCell({ units: 3 }), 1, [3]],
  lstmCell: [() => layers.lstmCell({ units: 3 }), 2, [3]],
  convLstm2dCell: [convolutional, 2, [4, 5, 2]],
}

for (const [name, [make, states, shape]] of Object.entries(byHand)) {
  test(`${name} called by itself`, () => trainsAlike(new ByHand(make(), states), shape))
}

test.run()
