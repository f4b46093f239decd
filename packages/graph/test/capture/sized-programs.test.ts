import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { checkSized } from '../support/check-sized.ts'
import { sizedProgram } from '../support/sized-programs.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('programs made at random, at irregular sizes')

/** The tier deep runs 500; these are others. */
const seeds = Array.from({ length: 16 }, (_, index) => 1000 + index)

for (const [declare, some] of [
  [test, seeds.slice(0, 2)],
  [slow, seeds.slice(2)],
] as const) {
  declare(`${some.length} files give what tfjs gives`, async () => {
    let ran = 0
    for (const seed of some) {
      const program = sizedProgram(seed)
      const { wrong, refused, ran: sizes } = await checkSized(program, 8)
      assert.equal(wrong, [], `${seed}: ${program.text}`)
      assert.is(refused, undefined, `${seed}: ${program.text}`)
      ran += sizes
    }
    assert.ok(ran > 5 * some.length, `${ran}`)
  })
}

test.run()
