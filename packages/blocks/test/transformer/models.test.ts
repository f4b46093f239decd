import { asModel, instantiate, type Model, type NamedTensors } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gpt, tableNetwork, textEncoder } from '../../src/index.ts'

const test = suite('models of tokens and of several fields')

const SIZES = { width: 4, heads: 2, hidden: 6, blocks: 1, tokens: 5, vocabulary: 7 }

function tokens(): tf.Tensor {
  return tf.tensor2d([
    [1, 2, 3, 4, 5],
    [6, 5, 0, 0, 0],
  ])
}

/** Of a block: 154, as its example counts; words 28, places 20. */
const INNER = 154 + 28 + 20

test('a language model: logits of every token, and none sees what follows', () => {
  const model = asModel(instantiate(gpt, SIZES))
  tf.tidy(() => {
    const first = model.apply(tokens()) as tf.Tensor
    assert.equal(first.shape, [2, 5, 7])
    const changed = model.apply(tf.concat([tokens().slice([0, 0], [2, 4]), tf.zeros([2, 1])], 1))
    const before = (of: tf.Tensor) => [...of.slice([0, 0, 0], [2, 4, 7]).dataSync()]
    assert.equal(before(changed as tf.Tensor), before(first))
  })
  // A norm of 8 and a head of 28 without bias.
  assert.is(model.countParams(), INNER + 8 + 28)
  model.dispose()
})

test('an encoder gives an answer for each text, or for each token', () => {
  for (const [gives, shape] of [
    ['texts', [2, 3]],
    ['tokens', [2, 5, 3]],
  ] as const) {
    const model: Model = asModel(instantiate(textEncoder, { ...SIZES, numClasses: 3, gives }))
    tf.tidy(() => assert.equal((model.apply(tokens()) as tf.Tensor).shape, shape))
    assert.is(model.countParams(), INNER + 15)
    model.dispose()
  }
})

test('a table: an embedding for each category, an output for each thing to tell', () => {
  const model = asModel(
    instantiate(tableNetwork, {
      ...{ categories: { town: 5, kind: 3 }, width: 2, hidden: [4] },
      outputs: { price: 1, sold: 2 },
    }),
  )
  tf.tidy(() => {
    const found = model.apply<NamedTensors>({
      town: tf.tensor2d([[4], [0]], [2, 1], 'int32'),
      kind: tf.tensor2d([[1], [2]], [2, 1], 'int32'),
      numbers: tf.ones([2, 3]),
    })
    const shapes = Object.entries(found).map(([name, { shape }]) => `${name} ${shape}`)
    assert.equal(shapes, ['price 2,1', 'sold 2,2'])
  })
  // 5 * 2 + 3 * 2, 7 * 4 + 4, 4 + 1, 8 + 2.
  assert.is(model.countParams(), 16 + 32 + 5 + 10)
  model.dispose()
})

test.run()
