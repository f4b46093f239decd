import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adam, adamw, constant, type Optimizer, rmsprop, sgd } from '../../src/index.ts'
import { optimizerPlugins } from '../../src/optimizers/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'
import {
  type Reference,
  referenceAdam,
  referenceRmsprop,
  referenceSgd,
} from '../support/reference-optimizers.ts'

const test = suite('optimizers')

const start = [0.5, -1.25, 3]
const gradients = [
  [0.1, -0.2, 0.3],
  [0.4, 0.1, -0.5],
  [-0.3, 0, 0.2],
  [0.05, -1, 12],
]
const rates = [0.1, 0.05, 0.2, 0.01]

/** Runs the optimizer on one weight; returns its values after each step. */
function trace(optimizer: Optimizer): number[][] {
  return tf.tidy(() => {
    let value: tf.Tensor = tf.tensor1d(start)
    let slots: Record<string, tf.Tensor> = {}
    for (const slot of optimizer.slots) slots[slot] = tf.zeros([start.length])
    return gradients.map((gradient, index) => {
      const scalars = { learningRate: tf.scalar(rates[index]!), time: tf.scalar(index + 1) }
      const next = optimizer.step(scalars)({
        name: 'w',
        value,
        gradient: tf.tensor1d(gradient),
        slots,
      })
      assert.equal(Object.keys(next.slots).sort(), [...optimizer.slots].sort())
      value = next.value
      slots = { ...next.slots }
      return [...value.dataSync()]
    })
  })
}

function traceReference(make: (weight: number) => Reference): number[][] {
  const references = start.map(make)
  return gradients.map((gradient, index) =>
    references.map((reference, i) => reference.step(gradient[i]!, rates[index]!)),
  )
}

const cases: [name: string, optimizer: Optimizer, reference: (weight: number) => Reference][] = [
  ['sgd', sgd(), (w) => referenceSgd(w, 0, false)],
  ['sgd with momentum', sgd({ momentum: 0.9 }), (w) => referenceSgd(w, 0.9, false)],
  ['sgd with Nesterov', sgd({ momentum: 0.9, nesterov: true }), (w) => referenceSgd(w, 0.9, true)],
  ['adam', adam(), (w) => referenceAdam(w)],
  [
    'adam with other decays',
    adam({ beta1: 0.8, beta2: 0.99, epsilon: 1e-3 }),
    (w) => referenceAdam(w, { beta1: 0.8, beta2: 0.99, epsilon: 1e-3 }),
  ],
  ['adamw', adamw({ decayed: 'all' }), (w) => referenceAdam(w, { decay: 0.004 })],
  [
    'adamw with more decay',
    adamw({ weightDecay: 0.5, decayed: 'all' }),
    (w) => referenceAdam(w, { decay: 0.5 }),
  ],
  ['rmsprop', rmsprop(), (w) => referenceRmsprop(w)],
  [
    'rmsprop with momentum',
    rmsprop({ rho: 0.8, momentum: 0.9, epsilon: 1e-3 }),
    (w) => referenceRmsprop(w, { rho: 0.8, momentum: 0.9, epsilon: 1e-3 }),
  ],
]

for (const [name, optimizer, reference] of cases) {
  test(`${name} follows its published rule over four steps`, async () => {
    const found = await withoutLeaks(() => trace(optimizer))
    const expected = traceReference(reference)
    for (const [step, values] of found.entries()) allClose(values, expected[step]!)
  })
}

test('kernels decay, biases and norms do not, unless all are asked for', () => {
  const after = (optimizer: Optimizer, shape: number[]) =>
    tf.tidy(() => {
      const step = optimizer.step({ learningRate: tf.scalar(0.1), time: tf.scalar(1) })
      const zero = tf.zeros(shape)
      const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, zero]))
      const { value } = step({ name: 'w', value: tf.ones(shape), gradient: zero, slots })
      return value.dataSync()[0]!
    })
  for (const make of [sgd, adam, adamw, rmsprop]) {
    allClose([after(make({ weightDecay: 0.5 }), [2, 2])], [0.95])
    assert.is(after(make({ weightDecay: 0.5 }), [2]), 1)
    allClose([after(make({ weightDecay: 0.5, decayed: 'all' }), [2])], [0.95])
  }
  assert.is(after(sgd(), [2, 2]), 1)
})

test("the first step of Adam moves by the learning rate against the gradient's sign", () => {
  const [first] = trace(adam())
  allClose(first!, [0.4, -1.15, 2.9])
})

test("learning rates are Keras's when none is given", () => {
  assert.is(sgd().learningRate.at(0, 1), 0.01)
  assert.is(adam().learningRate.at(0, 1), 1e-3)
  assert.is(adamw().learningRate.at(0, 1), 1e-3)
  assert.is(adam({ learningRate: constant(3) }).learningRate.at(0, 1), 3)
})

test('as plugins they take a number or a schedule by name', () => {
  const context = {
    factory: (kind: string, name: string) => (options: unknown) => {
      assert.equal([kind, name, options], ['schedule', 'cosine', { initial: 1 }])
      return constant(7)
    },
    seed: 0,
    folder: '.',
  }
  // One that stands on another has the rate of that one.
  for (const plugin of optimizerPlugins.filter(({ options }) => 'learningRate' in options.shape)) {
    const create = (options: object) =>
      plugin.create(plugin.options.parse(options), context as never).learningRate.at(0, 1)
    assert.is(create({ learningRate: 0.5 }), 0.5)
    assert.is(create({ learningRate: { name: 'cosine', initial: 1 } }), 7)
    assert.throws(() => create({ learningrate: 1 }), /learningrate/)
    assert.throws(() => create({ learningRate: -1 }))
    assert.throws(() => create({ clipNorm: 0 }), /clipNorm/)
    assert.throws(() => create({ average: 1 }), /average/)
    assert.throws(() => create({ decayed: 'some' }), /decayed/)
  }
})

test.run()
