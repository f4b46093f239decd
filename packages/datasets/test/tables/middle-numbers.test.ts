import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MiddleNumbers, medianOf, NumberParts } from '../../src/tables/middle-numbers.ts'

const test = suite('the median in two passes')

function median(numbers: readonly number[]): { found: number; held: number } {
  const parts = new NumberParts()
  for (const number of numbers) parts.add(number)
  const middles = new MiddleNumbers(parts.done())
  for (const number of numbers) middles.add(number)
  return { found: medianOf(parts.done(), middles.done()), held: middles.done().length }
}

function sorted(numbers: readonly number[]): number {
  const all = [...numbers].sort((a, b) => a - b)
  const half = all.length >> 1
  return all.length % 2 === 1 ? all[half]! : Math.fround((all[half - 1]! + all[half]!) / 2)
}

test('is that of all numbers in order: of few and many, near and far, of both signs', () => {
  const random = seedrandom.alea('medians')
  const kinds = [
    () => random() * 2 - 1,
    () => Math.floor(random() * 5) - 2,
    () => (random() - 0.5) * 10 ** Math.floor(random() * 60 - 30),
    () => 20_000 + random(),
    () => -random() * 1e-40,
  ]
  for (let round = 0; round < 150; round++) {
    const draw = kinds[round % kinds.length]!
    const numbers = Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.fround(draw()))
    assert.is(median(numbers).found, sorted(numbers) + 0)
  }
})

test('keeps what lies about the middle, and none of the others', () => {
  const numbers = Array.from({ length: 20_001 }, (_, at) => Math.fround(at - 10_000))
  const { found, held } = median(numbers)
  assert.is(found, 0)
  assert.is(held, 1)
  assert.is(median([0, -0]).found, 0)
})

test.run()
