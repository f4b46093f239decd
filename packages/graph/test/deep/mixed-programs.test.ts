import { sampled } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkFree } from '../support/check-free.ts'
import { mixedProgram } from '../support/mixed-programs.ts'

await tf.setBackend('cpu')

/** How many programs, and from which on; ASHLAR_SIZED_PROGRAMS=5000 searches further. */
const RUNS = Number(process.env.ASHLAR_SIZED_PROGRAMS ?? 300)
const FIRST = Number(process.env.ASHLAR_SIZED_SEED ?? 0)

/** Sizes of each. */
const SIZES = 20

/** In parts, of which a sample takes some. */
const PART = 20

const test = suite('programs of everything that may vary in size, with states and several outputs')

const refused: string[] = []
let tried = 0
const some = sampled(8, test)

for (let start = FIRST; start < FIRST + RUNS; start += PART) {
  some(`programs ${start} to ${start + PART - 1} at ${SIZES} irregular sizes each`, async () => {
    for (let seed = start; seed < Math.min(start + PART, FIRST + RUNS); seed++) {
      const program = mixedProgram(seed)
      tried++
      const result = await checkFree(program, program.shapes(SIZES))
      assert.equal(result.wrong, [], `${seed}: ${program.text}`)
      if (result.refused !== undefined) refused.push(`${seed}: ${program.text}: ${result.refused}`)
    }
  })
}

test('at least 95 of 100 are exported', () => {
  // A sample of as good programs may have some more of the others, by chance.
  const chance = tried < RUNS ? 2 * Math.sqrt(0.05 * tried) : 0
  assert.ok(refused.length <= 0.05 * tried + chance, refused.join('\n'))
})

test.run()
