import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importanceOf } from '../../src/page/importance.ts'
import { placeOf, valueAt } from '../../src/space/parameter.ts'
import { parseSpace } from '../../src/space/parse.ts'
import { pointAt } from '../../src/space/space.ts'
import { unitOf } from '../../src/suggest/random.ts'
import { newTrial, type Trial } from '../../src/trials/trial.ts'

const test = suite('importance of parameters')

const { parameters } = parseSpace(['a=0.0..1.0', 'b=1e-4..1.0:log', 'c=x,y,z', 'd=0.0..1.0'])

/** Trials at random places, worth what `score` makes of them. */
function trials(count: number, score: (places: readonly number[]) => number): Trial[] {
  return Array.from({ length: count }, (_, index) => {
    const units = parameters.map((__, i) => unitOf('test', index, i))
    const params = pointAt({ parameters, constraints: [] }, units)
    const places = parameters.map((each) => placeOf(each, params[each.key])!)
    const trial = newTrial({ id: String(index), index, params, epochs: 1 })
    trial.rungs.push({ epochs: 1, score: score(places) })
    return trial
  })
}

test('of a sum, the shares are those of its parts: their variances, computed by hand', () => {
  // Uniform on [0, 1]: a variance of 1/12; c is 0, 1/2 or 1: of 1/6. 9/12 : 1/12 : 4/6 : 0.
  const found = importanceOf(
    parameters,
    trials(400, ([a, b, c]) => 3 * a! + b! + 2 * c!),
  )
  const shares = Object.fromEntries(found.map(({ key, share }) => [key, share]))
  const whole = 9 / 12 + 1 / 12 + 4 / 6
  for (const [key, part] of Object.entries({ a: 9 / 12, b: 1 / 12, c: 4 / 6, d: 0 })) {
    assert.ok(Math.abs(shares[key]! - part / whole) < 0.07, `${key}: ${shares[key]}`)
  }
  assert.equal(
    found.map(({ key }) => key),
    ['a', 'c', 'b', 'd'],
  )
})

test('what parameters do together is the share of none', () => {
  // Of (a - 1/2)(d - 1/2), neither explains anything by itself.
  const found = importanceOf(
    parameters,
    trials(400, ([a, , , d]) => Math.sign(a! - 0.5) * Math.sign(d! - 0.5)),
  )
  for (const { key, share } of found) assert.ok(share < 0.15, `${key}: ${share}`)
})

test('says nothing of few trials, of equal ones, and of those that failed', () => {
  assert.equal(
    importanceOf(
      parameters,
      trials(4, ([a]) => a!),
    ),
    [],
  )
  assert.equal(
    importanceOf(
      parameters,
      trials(50, () => 1),
    ),
    [],
  )
  const failed = trials(50, ([a]) => a!)
  for (const each of failed) each.error = { message: 'it failed', kind: 'crash' }
  assert.equal(importanceOf(parameters, failed), [])
  const infinite = trials(50, () => Number.POSITIVE_INFINITY)
  assert.equal(importanceOf(parameters, infinite), [])
})

test('a value lies where the space has it', () => {
  for (const each of parameters) {
    for (let i = 0; i <= 20; i++) {
      const value = valueAt(each, i / 20)
      const place = placeOf(each, value)!
      assert.ok(place >= 0 && place <= 1)
      if (each.kind === 'range') assert.ok(Math.abs(place - i / 20) < 1e-4, `${each.key} ${value}`)
    }
    assert.is(placeOf(each, 'nowhere'), undefined)
  }
  const whole = parseSpace(['n=3..3x,5']).parameters[0]!
  assert.is(placeOf(whole, 5), 1)
  assert.is(placeOf(parseSpace(['n=3..7']).parameters[0]!, 8), undefined)
})

test.run()
