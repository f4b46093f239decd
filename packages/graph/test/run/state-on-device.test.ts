import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { StateStore } from '../../src/run/state-store.ts'
import type { DeviceMemory } from '../../src/session/device-memory.ts'

await tf.setBackend('cpu')

const test = suite('state on a device')

/** A memory that says what was carried, and how many tensors are there. */
class Memory implements DeviceMemory {
  readonly carried: string[] = []
  there = 0

  upload(numbers: Float32Array, shape: readonly number[]): ort.Tensor {
    this.carried.push(`up ${numbers.join()}`)
    return this.place(numbers, shape)
  }

  download(tensor: ort.Tensor): Float32Array {
    const numbers = (tensor.data as Float32Array).slice()
    this.carried.push(`down ${numbers.join()}`)
    return numbers
  }

  /** What a program writes. */
  place(numbers: Float32Array, shape: readonly number[]): ort.Tensor {
    const tensor = new ort.Tensor('float32', numbers.slice(), shape)
    this.there++
    const dispose = tensor.dispose.bind(tensor)
    tensor.dispose = () => {
      this.there--
      dispose()
    }
    return tensor
  }
}

function create() {
  const variables = {
    weight: tf.variable(tf.tensor1d([1, 2])),
    slot: tf.variable(tf.tensor1d([0, 0])),
    bias: tf.variable(tf.tensor1d([5])),
  }
  const store = new StateStore(variables, { own: new Set(['slot']), live: new Set(['bias']) })
  const memory = new Memory()
  const put = (name: string, ...numbers: number[]) =>
    store.putOnDevice(name, memory.place(Float32Array.from(numbers), [numbers.length]), memory)
  const there = (name: string) => {
    const shape = [name === 'bias' ? 1 : 2]
    return [...(store.onDevice(name, shape, memory).data as Float32Array)]
  }
  return { variables, store, memory, put, there }
}

test('is carried there once, and stays from run to run', () => {
  const { store, memory, put, there } = create()
  assert.equal(there('weight'), [1, 2])
  for (let run = 0; run < 3; run++) {
    put('weight', run, run)
    assert.equal(there('weight'), [run, run])
  }
  assert.equal(memory.carried, ['up 1,2'])
  assert.is(memory.there, 1, 'what nothing reads any more is gone')
  store.dispose()
  assert.is(memory.there, 0)
})

test('comes back when somebody asks, once, and not into memory of the variable', () => {
  const { variables, store, memory, put, there } = create()
  const own = variables.weight.dataSync()
  put('weight', 3, 4)
  assert.equal([...store.get('weight')], [3, 4])
  assert.equal([...store.get('weight')], [3, 4])
  assert.equal([...own], [1, 2])
  assert.equal(there('weight'), [3, 4])
  assert.equal(memory.carried, ['down 3,4'])
  store.download()
  assert.equal([...variables.weight.dataSync()], [3, 4])
  assert.equal(memory.carried, ['down 3,4'])
})

test('a download carries what programs have written, and not what is the store s own', () => {
  const { variables, store, memory, put } = create()
  put('weight', 3, 4)
  put('slot', 6, 7)
  put('bias', 8)
  store.publish()
  assert.equal(memory.carried, ['down 8'], 'those that are live alone')
  assert.equal([...variables.bias.dataSync()], [8])
  assert.equal([...variables.weight.dataSync()], [1, 2])
  store.download()
  assert.equal([...variables.weight.dataSync()], [3, 4])
  assert.equal([...variables.slot.dataSync()], [0, 0])
  assert.equal(memory.carried, ['down 8', 'down 3,4'])
  assert.equal([...store.get('slot')], [6, 7])
})

test('what the host is given afterwards goes there again', () => {
  const { variables, store, memory, put, there } = create()
  put('weight', 3, 4)
  put('bias', 8)
  variables.weight.assign(tf.tensor1d([7, 7]))
  store.refresh()
  assert.equal(there('weight'), [7, 7])
  assert.equal(there('bias'), [8])
  put('bias', 9)
  variables.bias.assign(tf.tensor1d([2]))
  store.upload()
  assert.equal(there('bias'), [2])
  const other = tf.variable(tf.tensor1d([1, 1]))
  store.adopt({ weight: other })
  assert.equal(there('weight'), [1, 1])
  store.adopt({ weight: tf.variable(tf.tensor1d([1, 2, 3])) })
  assert.equal([...store.get('weight')], [1, 2, 3])
  assert.equal(
    memory.carried.filter((each) => each.startsWith('down')),
    [],
  )
  store.dispose()
  assert.is(memory.there, 0)
})

test('programs of the host find what those of a device have left, and the other way round', () => {
  const { store, memory, put, there } = create()
  const whole = { variables: ['weight'], offset: 0, length: 2 }
  store.tensor(whole, [2], 'current')
  put('weight', 3, 4)
  assert.equal([...(store.tensor(whole, [2], 'current').data as Float32Array)], [3, 4])
  assert.is(memory.there, 0)
  ;(store.tensor(whole, [2], 'next').data as Float32Array).set([5, 6])
  store.swap(['weight'])
  assert.equal(there('weight'), [5, 6])
  // Variables that lie side by side.
  assert.ok(store.arrange(['weight', 'slot']))
  put('slot', 8, 9)
  const both = { variables: ['weight', 'slot'], offset: 0, length: 4 }
  assert.equal([...(store.tensor(both, [4], 'current').data as Float32Array)], [5, 6, 8, 9])
  store.takeOver(['weight', 'slot'])
  ;(store.tensor(both, [4], 'current').data as Float32Array).set([1, 2, 3, 4])
  store.swap([])
  assert.equal(
    [there('weight'), there('slot')],
    [
      [1, 2],
      [3, 4],
    ],
  )
})

test('numbers that could not be brought back are brought when they are asked for again', () => {
  const { store, memory, put } = create()
  put('weight', 3, 4)
  const { download } = memory
  memory.download = () => {
    throw new Error('the device is lost')
  }
  assert.throws(() => store.get('weight'), /lost/)
  memory.download = download
  assert.equal([...store.get('weight')], [3, 4])
})

test.run()
