import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkSized } from '../support/check-sized.ts'
import { sizedProgram } from '../support/sized-programs.ts'

await tf.setBackend('cpu')

const test = suite('programs made at random, at irregular sizes')

/** The tier deep runs 500; these are others. */
const SEEDS = Array.from({ length: 16 }, (_, index) => 1000 + index)

test('files give what tfjs gives', async () => {
  let ran = 0
  for (const seed of SEEDS) {
    const program = sizedProgram(seed)
    const { wrong, refused, ran: sizes } = await checkSized(program, 8)
    assert.equal(wrong, [], `${seed}: ${program.text}`)
    assert.is(refused, undefined, `${seed}: ${program.text}`)
    ran += sizes
  }
  assert.ok(ran > 5 * SEEDS.length, `${ran}`)
})

test.run()
