import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkSampling, sampleToken } from '../../src/work/sample-token.ts'
import { tokenDraws } from '../../src/work/token-draws.ts'

const test = suite('how a token is chosen')

const logits = [1, 3, 2, -1]

/** How often each comes of many draws. */
function shares(options: { temperature: number; topP: number }): number[] {
  const draws = tokenDraws(7)
  const counts = logits.map(() => 0)
  for (let at = 0; at < 20_000; at++) counts[sampleToken(logits, options, draws())]!++
  return counts.map((count) => count / 20_000)
}

function expected(temperature: number): number[] {
  const powers = logits.map((each) => Math.exp(each / temperature))
  const all = powers.reduce((sum, each) => sum + each, 0)
  return powers.map((each) => each / all)
}

test('by its probability, at any temperature', () => {
  for (const temperature of [0.5, 1, 3]) {
    const found = shares({ temperature, topP: 1 })
    for (const [at, share] of expected(temperature).entries()) {
      assert.ok(
        Math.abs(found[at]! - share) < 0.015,
        `${temperature} ${at}: ${found[at]}, ${share}`,
      )
    }
  }
})

test('of the likeliest alone, where --top-p says so', () => {
  const [, best] = expected(1)
  // The likeliest has less than 0.7 of it, and the two likeliest more.
  assert.ok(best! < 0.7)
  const found = shares({ temperature: 1, topP: 0.7 })
  assert.equal([found[0], found[3]], [0, 0])
  assert.ok(Math.abs(found[1]! - best! / (best! + expected(1)[2]!)) < 0.015)
  assert.is(sampleToken(logits, { temperature: 1, topP: 0.01 }, 0.999), 1)
})

test('the likeliest at temperature 0, the first of equals', () => {
  assert.is(sampleToken(logits, { temperature: 0, topP: 1 }, 0.9), 1)
  assert.is(sampleToken([2, 2, 1], { temperature: 0, topP: 1 }, 0.9), 0)
})

test('draws follow from the seed', () => {
  const [a, b, c] = [tokenDraws(1), tokenDraws(1), tokenDraws(2)]
  const first = Array.from({ length: 5 }, a)
  assert.equal(first, Array.from({ length: 5 }, b))
  assert.not.equal(first, Array.from({ length: 5 }, c))
  assert.ok(first.every((draw) => draw >= 0 && draw < 1))
})

test('what cannot be meant is refused', () => {
  for (const options of [
    { temperature: -1, topP: 1 },
    { temperature: 1, topP: 0 },
    { temperature: 1, topP: 1.5 },
    { temperature: Number.POSITIVE_INFINITY, topP: 1 },
  ]) {
    assert.throws(() => checkSampling(options), /--temperature must be a number from 0 on/)
  }
})

test.run()
