import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { StateStore } from '../../src/run/state-store.ts'

await tf.setBackend('cpu')

const test = suite('state store')

/** A store of variables a = [1, 2], b = [3], c = [4, 5, 6]. */
function create() {
  const variables = {
    a: tf.variable(tf.tensor1d([1, 2])),
    b: tf.variable(tf.tensor1d([3])),
    c: tf.variable(tf.tensor1d([4, 5, 6])),
  }
  const store = new StateStore(variables)
  store.takeOver(Object.keys(variables))
  return { variables, store }
}

/** Of a weight and a slot, of which the slot is the store's own. */
function createOwning() {
  const variables = { weight: tf.variable(tf.zeros([2])), slot: tf.variable(tf.zeros([2])) }
  return { variables, store: new StateStore(variables, { own: new Set(['slot']) }) }
}

const whole = (name: string, length: number) => ({ variables: [name], offset: 0, length })

function write(store: StateStore, name: string, values: number[]): void {
  const tensor = store.tensor(whole(name, values.length), [values.length], 'next')
  ;(tensor.data as Float32Array).set(values)
}

test('holds the current values', () => {
  const { store } = create()
  assert.ok(store.has('a'))
  assert.not(store.has('z'))
  assert.equal([...store.get('c')], [4, 5, 6])
  assert.throws(() => store.get('z'), /no variable z/)
})

test('gives what was written once it is swapped', () => {
  const { store } = create()
  write(store, 'a', [8, 9])
  assert.equal([...store.get('a')], [1, 2])
  store.swap(['a'])
  assert.equal([...store.get('a')], [8, 9])
  assert.equal([...store.get('b')], [3])
})

test('memory that is written in place is made ready, and keeps its numbers', () => {
  // Several pages of it, and an end within one.
  const numbers = Float32Array.from({ length: 5000 }, (_, index) => index - 1.5)
  const variables = {
    slot: tf.variable(tf.tensor1d(numbers.slice())),
    fresh: tf.variable(tf.zeros([5000])),
    count: tf.variable(tf.tensor1d([7], 'int32')),
  }
  const store = new StateStore(variables, { own: new Set(Object.keys(variables)) })
  store.takeOver(Object.keys(variables))
  assert.equal(store.get('slot'), numbers)
  assert.equal(store.get('fresh'), new Float32Array(5000))
  assert.equal([...store.get('count')], [7])
})

test('lays variables side by side, with their values', () => {
  const { store } = create()
  assert.ok(store.arrange(['a', 'b']))
  assert.ok(store.arrange(['a', 'b']), 'and again')
  const view = { variables: ['a', 'b'], offset: 0, length: 3 }
  assert.equal([...(store.tensor(view, [3], 'current').data as Float32Array)], [1, 2, 3])
  assert.not(store.arrange(['b', 'c']), 'b lies beside a already')
  assert.equal([...store.get('c')], [4, 5, 6])
})

test('does not swap neighbours that were not written', () => {
  const { store } = create()
  store.arrange(['a', 'b'])
  write(store, 'a', [8, 9])
  store.swap(['a'])
  assert.equal([...store.get('a')], [8, 9])
  assert.equal([...store.get('b')], [3])
  write(store, 'b', [7])
  write(store, 'a', [0, 0])
  store.swap(['a', 'b'])
  assert.equal([...store.get('a'), ...store.get('b')], [0, 0, 7])
})

test('sees a part of a variable with a shape', () => {
  const { store } = create()
  const part = store.tensor({ variables: ['c'], offset: 1, length: 2 }, [2, 1], 'current')
  assert.equal([...part.dims], [2, 1])
  assert.equal([...(part.data as Float32Array)], [5, 6])
})

test('exchanges values with the variables', () => {
  const { store, variables } = create()
  write(store, 'a', [8, 9])
  store.swap(['a'])
  store.download()
  assert.equal([...variables.a.dataSync()], [8, 9])
  variables.a.assign(tf.tensor1d([5, 5]))
  store.upload()
  assert.equal([...store.get('a')], [5, 5])
})

test('holds nothing twice that is only read, and sees what is assigned', () => {
  const { store, variables } = createOwning()
  assert.is(store.get('weight').buffer, variables.weight.dataSync().buffer)
  const held = store.get('weight')
  variables.weight.assign(tf.tensor1d([5, 6]))
  store.upload()
  assert.equal([...store.get('weight')], [5, 6])
  const tensor = store.tensor(whole('weight', 2), [2], 'current')
  assert.equal([...(tensor.data as Float32Array)], [5, 6])
  assert.equal([...held], [0, 0], 'what a variable held before is left alone')
})

test('copies before it writes, unless the variable is its own', () => {
  const { store, variables } = createOwning()
  store.takeOver(['weight', 'slot'])
  for (const name of ['weight', 'slot']) {
    ;(store.tensor(whole(name, 2), [2], 'current').data as Float32Array).fill(1)
  }
  assert.equal([...variables.weight.dataSync()], [0, 0])
  assert.is(store.get('slot').buffer, variables.slot.dataSync().buffer)
})

test('exchanges nothing with variables of its own', () => {
  const { store, variables } = createOwning()
  store.takeOver(['weight', 'slot'])
  for (const name of ['weight', 'slot']) write(store, name, [1, 2])
  store.swap(['weight', 'slot'])
  store.download()
  assert.equal([...variables.weight.dataSync()], [1, 2])
  assert.equal([...variables.slot.dataSync()], [0, 0])
  store.upload()
  assert.equal([...store.get('slot')], [1, 2])
})

test('gives variables back what they held', async () => {
  const { store } = create()
  const numbers = store.get('a') as Float32Array
  const zeros = store.get('b') as Float32Array
  zeros.fill(0)
  const done = store.keeping(['a', 'b'], async () => {
    numbers.fill(7)
    zeros.fill(7)
    throw new RangeError('over')
  })
  await done.then(assert.unreachable, (error: Error) => assert.is(error.message, 'over'))
  assert.equal([...numbers, ...zeros], [1, 2, 0])
})

test('leaves no tensors behind', () => {
  const { store } = create()
  const { numTensors } = tf.memory()
  store.download()
  assert.is(tf.memory().numTensors, numTensors)
  store.dispose()
  assert.not(store.has('a'))
})

test('a variable that is written on the other side keeps its own memory as it was', () => {
  const variable = tf.variable(tf.tensor1d([1, 2]))
  const own = variable.dataSync()
  const store = new StateStore({ a: variable })
  assert.is(store.get('a').buffer, own.buffer, 'it is not copied')
  const read = (values: readonly number[]) => {
    const tensor = store.tensor(whole('a', 2), [2], 'current')
    assert.equal([...(tensor.data as Float32Array)], values)
  }
  const view = whole('a', 2)
  for (const [before, after] of [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [3, 4],
      [5, 6],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ] as const) {
    read(before)
    const written = store.tensor(view, [2], 'next')
    ;(written.data as Float32Array).set(after)
    store.swap(['a'])
    assert.equal([...store.get('a')], after)
    assert.equal([...own], [1, 2])
  }
  read([7, 8])
  assert.equal([...variable.dataSync()], [1, 2])
  store.download()
  assert.equal([...variable.dataSync()], [7, 8])
})

test('a variable of another shape lies no longer beside others', () => {
  const { store } = create()
  assert.ok(store.arrange(['a', 'b']))
  store.adopt({ b: tf.variable(tf.tensor1d([7, 8])) })
  assert.not(store.arrange(['a', 'b']))
  assert.equal([...store.get('a'), ...store.get('b')], [1, 2, 7, 8])
})

test.run()
