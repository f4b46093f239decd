import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sampled, sampleOf, sampleSize } from '../src/index.ts'

const test = suite('samples')

const members = Array.from({ length: 10 }, (_, at) => `member ${at}`)

/** Which tests of a family are declared; what is left out here is not told to the runner. */
function declared(n: number, seed: string | undefined): string[] {
  const before = globalThis.ASHLAR_LEFT_OUT
  const names: string[] = []
  const some = sampled(n, (name) => void names.push(name), seed)
  for (const name of members) some(name, () => {})
  assert.is((globalThis.ASHLAR_LEFT_OUT ?? 0) - (before ?? 0), members.length - names.length)
  if (before !== undefined) globalThis.ASHLAR_LEFT_OUT = before
  return names
}

const seeds = Array.from({ length: 60 }, (_, at) => `commit ${at}`)

test('all are tried without a seed', () => {
  assert.equal(declared(3, undefined), members)
  assert.equal(sampleOf(3, 'family', members, undefined), members)
})

test('one long test is as large as it is without a seed, and smaller with any', () => {
  assert.is(sampleSize(10_000, 6000, undefined), 10_000)
  assert.is(sampleSize(10_000, 6000, 'seed'), 6000)
})

test('with a seed one of every block is tried, the same ones each time', () => {
  for (const seed of seeds) {
    const names = declared(5, seed)
    assert.is(names.length, 2)
    assert.equal(declared(5, seed), names)
    const chosen = sampleOf(4, 'family', members, seed)
    assert.is(chosen.length, 3)
    assert.equal(sampleOf(4, 'family', members, seed), chosen)
    assert.is(sampleOf(99, 'family', members, seed).length, 1)
  }
})

test('some seed tries each, and families are chosen from apart', () => {
  assert.is(new Set(seeds.flatMap((seed) => declared(5, seed))).size, members.length)
  const chosen = (family: string) => seeds.map((seed) => sampleOf(5, family, members, seed).join())
  assert.is(new Set(seeds.flatMap((seed) => sampleOf(5, 'a', members, seed))).size, members.length)
  assert.not.equal(chosen('a'), chosen('b'))
})

test.run()
