import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HeldData } from '../../src/tfjs/held-data.ts'

const test = suite('held data')

/** Does the same with both; each step says what there is to see. */
function same(steps: (data: HeldData<number> | tf.DataStorage<number>) => unknown[]): void {
  const asked: object[] = []
  const mover = { moveData: (_: tf.KernelBackend, dataId: object) => void asked.push(dataId) }
  const backend = new tf.KernelBackend()
  const ours = steps(new HeldData(backend, mover))
  const ofOurs = asked.splice(0).length
  assert.equal(ours, steps(new tf.DataStorage(backend, mover)))
  assert.is(ofOurs, asked.length)
}

test('holds, counts and forgets as the storage of tfjs does', () => {
  same((data) => {
    const [one, two] = [{}, {}]
    data.set(one, 1)
    data.set(two, 2)
    const before = [data.get(one), data.get(two), data.has(one), data.numDataIds()]
    data.delete(one)
    return [...before, data.has(one), data.has(two), data.numDataIds()]
  })
})

test('what another holds is asked for, and counts once it came', () => {
  same((data) => {
    const elsewhere = {}
    const missing = data.get(elsewhere)
    data.set(elsewhere, 4)
    return [missing, data.get(elsewhere), data.numDataIds()]
  })
})

test('one backend does not take what another holds for its own', () => {
  const backend = new tf.KernelBackend()
  const mover = { moveData: () => {} }
  const [one, other] = [new HeldData<number>(backend, mover), new HeldData<number>(backend, mover)]
  const dataId = {}
  one.set(dataId, 1)
  assert.is(other.has(dataId), false)
  assert.is(other.delete(dataId), false)
  assert.is(one.get(dataId), 1)
})

test('counts tensors, not calls', () => {
  const data = new HeldData<number>(new tf.KernelBackend(), { moveData: () => {} })
  const dataId = {}
  for (const value of [1, 2]) data.set(dataId, value)
  assert.is(data.numDataIds(), 1)
  assert.equal([data.delete(dataId), data.delete(dataId)], [true, false])
  assert.is(data.numDataIds(), 0)
})

test.run()
