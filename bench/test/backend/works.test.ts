import { type BackendMemory, registerBackend } from '@ashlar/graph/backend'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { BACKENDS, measure } from '../../src/backend/measure.ts'
import { works } from '../../src/backend/works.ts'

const { test, slow } = tieredSuite('bench backend')

const some = oneIn(3, { test, slow })
for (const work of works) {
  some(`${work.name}: both backends give the same`, async () => {
    const { times, results } = await measure(work, 1)
    for (const backend of BACKENDS) assert.is(times[backend].length, 1)
    const [ours, theirs] = BACKENDS.map((backend) => results[backend])
    assert.is(ours!.length, theirs!.length)
    for (const [index, value] of theirs!.entries()) {
      assert.ok(Math.abs(ours![index]! - value) <= 1e-5 * (1 + Math.abs(value)), `${index}`)
    }
  })
}

// What `pnpm bench backend` measures follows from this: without sessions the backend calls what tfjs's own calls.
for (const work of works) {
  some(`${work.name}: starts no session`, async () => {
    await tf.setBackend('cpu')
    registerBackend()
    await tf.setBackend('onnxruntime')
    try {
      await work.run()
      assert.is((tf.memory() as unknown as BackendMemory).sessions, 0)
    } finally {
      await tf.setBackend('cpu')
    }
  })
}

test.run()
