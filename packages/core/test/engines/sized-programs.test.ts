import { captureUnconfirmed, type RunnableProgram } from '@ashlar/graph'
import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SizedPrograms } from '../../src/engines/sized-programs.ts'

const test = suite('programs of each batch size')

/** Programs that multiply by a factor, which count how often they are captured and compiled. */
function counting(factor: () => number, isChanged?: () => boolean) {
  const counts = { captured: 0, compiled: 0 }
  const programs = new SizedPrograms({
    capture: (batchSize) =>
      captureUnconfirmed(
        ({ x }) => {
          counts.captured++
          return { y: tf.mul(x!, factor()) }
        },
        { inputs: { x: { shape: [batchSize], dtype: 'float32' } } },
      ),
    ...(isChanged && { isChanged }),
    compile() {
      counts.compiled++
      return Promise.resolve({ dispose: () => Promise.resolve() } as RunnableProgram)
    },
  })
  return { programs, counts }
}

test('a program is captured once for its first run, and once more for all that follow', async () => {
  const { programs, counts } = counting(() => 2)
  await programs.ready(3)
  await programs.ready(3)
  await programs.toRun(3)
  assert.equal(counts, { captured: 1, compiled: 1 })
  await programs.toRun(3)
  assert.equal(counts, { captured: 2, compiled: 1 })
  await programs.toRun(3)
  await programs.ready(3)
  assert.equal(counts, { captured: 2, compiled: 1 })
  await programs.toRun(4)
  assert.equal(counts, { captured: 3, compiled: 2 })
  await programs.dispose()
})

test('a program that would do something else runs once, and is refused from then on', async () => {
  let calls = 0
  const { programs } = counting(() => ++calls)
  await programs.toRun(1)
  for (const again of [() => programs.toRun(1), () => programs.ready(1)]) {
    assert.match(await refusal(again), /a program must do the same each time it is captured/)
  }
  await programs.dispose()
})

test('what is renewed may run once again as it is then', async () => {
  let factor = 2
  const { programs, counts } = counting(() => factor)
  const first = await programs.toRun(1)
  factor = 3
  programs.renew()
  const second = await programs.toRun(1)
  assert.ok(second !== first)
  assert.equal(counts, { captured: 2, compiled: 2 })
  factor = 2
  programs.renew()
  assert.ok((await programs.toRun(1)) === first, 'it comes out as it was')
  assert.equal(counts, { captured: 3, compiled: 2 })
  // Changed without a word: what was captured would be out of date.
  factor = 3
  assert.match(await refusal(() => programs.toRun(1)), /the same each time/)
  await programs.dispose()
})

test('what comes out otherwise as somebody has changed it is made anew, and confirmed in its turn', async () => {
  let factor = 2
  let isChanged = false
  const { programs, counts } = counting(
    () => factor,
    () => isChanged,
  )
  const first = await programs.toRun(1)
  factor = 3
  isChanged = true
  const second = await programs.toRun(1)
  assert.ok(second !== first)
  assert.equal(counts, { captured: 3, compiled: 2 })
  isChanged = false
  assert.ok((await programs.toRun(1)) === second)
  factor = 4
  programs.renew()
  await programs.toRun(1)
  factor = 5
  assert.match(await refusal(() => programs.toRun(1)), /the same each time/)
  await programs.dispose()
})

test.run()
