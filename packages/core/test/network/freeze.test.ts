import { refusal } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freeze, layers, Model, sgd } from '../../src/index.ts'
import { points } from '../support/points.ts'

const test = suite('freeze')

class Part extends Model {
  readonly dense = layers.dense({ units: 4 })
  readonly norm = layers.batchNormalization()
  override call(x: Tensor): Tensor {
    return this.norm.apply(this.dense.apply(x))
  }
}

class Whole extends Model {
  readonly stem = layers.dense({ units: 4 })
  readonly parts = [new Part(), new Part()]
  readonly head = layers.dense({ units: 3, activation: 'softmax' })
  override call(inputs: Tensor): Tensor {
    let x: Tensor = this.stem.apply(inputs)
    for (const part of this.parts) x = part.apply(x)
    return this.head.apply(x)
  }
}

function frozenBy(...patterns: string[]): string[] {
  const model = new Whole()
  model.build([null, 4])
  const found = freeze(model, patterns)
  const weights = model.namedWeights().filter(({ trainable }) => trainable)
  for (const path of found) {
    assert.not.ok(weights.some(({ name }) => name.startsWith(`${path}.`)))
  }
  model.dispose()
  return found
}

test('finds layers by path, stars and double stars', () => {
  assert.equal(frozenBy('stem'), ['stem'])
  assert.equal(frozenBy('parts.*.norm'), ['parts.0.norm', 'parts.1.norm'])
  assert.equal(frozenBy('**.dense'), ['parts.0.dense', 'parts.1.dense'])
  assert.equal(frozenBy('**.head'), ['head'])
  assert.equal(frozenBy('s*', 'h*d'), ['stem', 'head'])
  assert.equal(frozenBy(), [])
})

test('layers inside of a frozen one are frozen too', () => {
  assert.equal(frozenBy('parts.1'), ['parts.1', 'parts.1.dense', 'parts.1.norm'])
  assert.is(frozenBy('parts.**').length, 6)
  assert.is(frozenBy('**').length, 8)
})

test('a pattern without a layer is refused with the closest path', async () => {
  assert.is(
    await refusal(() => frozenBy('parts.*', 'sten')),
    'Whole.freeze: layers must be among stem, parts.0, parts.0.dense, parts.0.norm, parts.1, parts.1.dense, ' +
      'parts.1.norm, head, got "sten"\n  Did you mean "stem"?',
  )
  assert.match(await refusal(() => frozenBy('st.m')), /got "st\.m"/)
})

for (const engine of ['tfjs', 'onnxruntime']) {
  test(`${engine}: training changes nothing that is frozen, statistics of a norm included`, async () => {
    const model = new Whole()
    model.build([null, 4])
    freeze(model, ['parts.0'])
    model.compile({ optimizer: sgd(), loss: 'sparse-categorical-crossentropy' })
    const numbers = () =>
      new Map(model.namedWeights().map(({ name, variable }) => [name, [...variable.dataSync()]]))
    const before = numbers()
    await model.fit(points(12), { engine, batchSize: 4 })
    for (const [name, after] of numbers()) {
      // A bias before a norm has no say, and need not be updated.
      if (name === 'parts.1.dense.bias') continue
      const stays = JSON.stringify(after) === JSON.stringify(before.get(name))
      assert.is(stays, name.startsWith('parts.0.'), name)
    }
    model.dispose()
  })
}

test('thawed again, it learns again', async () => {
  const model = new Whole()
  model.build([null, 4])
  freeze(model, ['**'])
  model.compile({ optimizer: sgd(), loss: 'sparse-categorical-crossentropy' })
  assert.match(
    await refusal(() => model.fit(points(4), { engine: 'tfjs' })),
    /at least one trainable weight/,
  )
  model.trainable = true
  await model.fit(points(4), { engine: 'tfjs' })
  model.dispose()
})

test.run()
