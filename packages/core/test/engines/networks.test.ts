import { capture } from '@ashlar/graph'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  type ArraySamples,
  lossAndGradients,
  onnxruntimeEngine,
  sparseCategoricalCrossentropy,
  tfjsEngine,
} from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { type Network, networks } from '../support/networks.ts'
import { gradientsBy, sameWithin } from './differential.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('networks of the usual kinds')

const compiled = compileTraining({
  optimizer: 'sgd',
  loss: sparseCategoricalCrossentropy({ fromLogits: true }),
})

function samplesFor(network: Network, size: number, length: number): ArraySamples {
  const { ids, classes } = network
  const [inputShape, labelShape] = [network.input(size), network.labels(size)]
  const count = (shape: readonly number[]) => length * tf.util.sizeFromShape([...shape])
  const at = (index: number) => (index * 7 + (index >> 3)) % 97
  const inputs =
    ids === undefined
      ? Float32Array.from({ length: count(inputShape) }, (_, index) => Math.sin(at(index) + 0.3))
      : Int32Array.from({ length: count(inputShape) }, (_, index) => at(index) % ids)
  return {
    inputs,
    labels: Int32Array.from({ length: count(labelShape) }, (_, index) => at(index) % classes),
    length,
    info: { inputShape, labelShape, inputDtype: ids === undefined ? 'float32' : 'int32' },
  } as ArraySamples
}

/** Kernels in a training step. */
function kernels(network: Network, size: number, batch: number): number {
  const model = network.make(size)
  model.build([null, ...network.input(size)])
  const dtype = network.ids === undefined ? 'float32' : 'int32'
  const { nodes } = capture(
    ({ inputs, labels }) => {
      const made = lossAndGradients(model, compiled, { inputs: inputs!, labels: labels! })
      return { loss: made.loss, ...Object.fromEntries(made.gradients) }
    },
    {
      inputs: {
        inputs: { shape: [batch, ...network.input(size)], dtype },
        labels: { shape: [batch, ...network.labels(size)], dtype: 'int32' },
      },
    },
  )
  model.dispose()
  return nodes.length
}

const some = oneIn(6, { test, slow })
for (const [name, network] of Object.entries(networks)) {
  const [small, large] = network.sizes

  some(`${name}: loss and gradients are the same on both engines`, async () => {
    const model = network.make(small)
    model.build([null, ...network.input(small)])
    const samples = samplesFor(network, small, 3)
    const expected = await gradientsBy(tfjsEngine(), model, compiled, samples)
    sameWithin(await gradientsBy(onnxruntimeEngine(), model, compiled, samples), expected)
    model.dispose()
  })

  slow(`${name}: a step has as many kernels whatever the batch and the size`, () => {
    const least = kernels(network, small, 2)
    assert.is(kernels(network, small, 5), least)
    assert.is(kernels(network, large, 2), least)
  })
}

test.run()
