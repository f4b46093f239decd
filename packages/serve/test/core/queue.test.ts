import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Queue } from '../../src/core/queue.ts'

const test = suite('queue')

const filled = (...sizes: number[]) => {
  const queue = new Queue<{ samples: number }>()
  for (const samples of sizes) queue.push({ samples })
  return queue
}

const sizes = (items: readonly { samples: number }[]) => items.map(({ samples }) => samples)
const always = () => true

test('the oldest are taken as long as they go together and stay within the limit', () => {
  const queue = filled(2, 3, 4)
  assert.equal(sizes(queue.take(6, always)), [2, 3])
  assert.is(queue.samples, 4)
  assert.is(queue.length, 1)
  assert.equal(sizes(filled(1, 1, 2, 1).take(9, (a, b) => a.samples === b.samples)), [1, 1])
})

test('the first is taken even when it alone is more than the limit', () => {
  assert.equal(sizes(filled(8, 1).take(4, always)), [8])
  assert.equal(filled().take(4, always), [])
})

test('what is put back is first again, and samples are counted throughout', () => {
  const queue = filled(1, 2, 3)
  const taken = queue.take(3, always)
  assert.is(queue.samples, 3)
  queue.putBack(taken)
  assert.is(queue.samples, 6)
  assert.is(queue.first, taken[0])
  queue.keep(({ samples }) => samples !== 2)
  assert.is(queue.samples, 4)
  assert.equal(sizes(queue.clear()), [1, 3])
  assert.is(queue.samples, 0)
  assert.is(queue.first, undefined)
})

test.run()
