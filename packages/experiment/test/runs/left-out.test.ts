import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keptLeftOut } from '../../src/runs/left-out.ts'

const test = suite('what summaries keep of what a dataset left out')

test('the first thousand, and how many there are; nothing of nothing', () => {
  const all = Array.from({ length: 120_000 }, (_, at) => ({ where: `${at}.png`, reason: 'is bad' }))
  const { leftOut, leftOutCount } = keptLeftOut(all)
  assert.equal([leftOut?.length, leftOut?.at(-1)?.where, leftOutCount], [1000, '999.png', 120_000])
  assert.equal(keptLeftOut(all.slice(0, 1)), { leftOut: [all[0]], leftOutCount: 1 })
  assert.equal(keptLeftOut([]), {})
  assert.equal(keptLeftOut(undefined), {})
})

test('counts what stands for many samples', () => {
  const all = [
    { where: 'a, line 2', reason: 'has no "b"' },
    { where: 'a', reason: 'has more', count: 40 },
  ]
  assert.equal(keptLeftOut(all), { leftOut: all, leftOutCount: 41 })
})

test.run()
