import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BACKENDS, measure } from '../../src/backend/measure.ts'
import { works } from '../../src/backend/works.ts'

const test = suite('bench backend')

for (const work of works) {
  test(`${work.name}: both backends give the same`, async () => {
    const { times, results } = await measure(work, 1)
    for (const backend of BACKENDS) assert.is(times[backend].length, 1)
    const [ours, theirs] = BACKENDS.map((backend) => results[backend])
    assert.is(ours!.length, theirs!.length)
    for (const [index, value] of theirs!.entries()) {
      assert.ok(Math.abs(ours![index]! - value) <= 1e-5 * (1 + Math.abs(value)), `${index}`)
    }
  })
}

test.run()
