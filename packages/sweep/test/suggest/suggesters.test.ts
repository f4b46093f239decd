import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSpace } from '../../src/space/parse.ts'
import { randomSuggester } from '../../src/suggest/random.ts'
import { sobolPoint, sobolSuggester } from '../../src/suggest/sobol.ts'
import { tpeSuggester } from '../../src/suggest/tpe.ts'

const test = suite('suggesters')

const spaceOf = (...args: string[]) => ({
  parameters: parseSpace(args).parameters,
  constraints: [],
})

test('sobol is the sequence of Joe and Kuo', () => {
  // scipy.stats.qmc.Sobol(21, scramble=False), rows 13 and 1000.
  const row13 = [
    0.8125, 0.6875, 0.8125, 0.0625, 0.4375, 0.9375, 0.5625, 0.5625, 0.5625, 0.4375, 0.8125, 0.9375,
    0.0625, 0.8125, 0.1875, 0.5625, 0.1875, 0.6875, 0.5625, 0.9375, 0.5625,
  ]
  const row1000 = [
    0.2197265625, 0.0966796875, 0.5185546875, 0.6767578125, 0.2802734375, 0.9072265625,
    0.0458984375, 0.8994140625, 0.5009765625, 0.0693359375, 0.0849609375, 0.2548828125,
    0.1611328125, 0.3837890625, 0.1435546875, 0.3701171875, 0.7197265625, 0.3447265625,
    0.9912109375, 0.7255859375, 0.5224609375,
  ]
  assert.equal(sobolPoint(13, 21), row13)
  assert.equal(sobolPoint(1000, 21), row1000)
})

test('sobol puts one of 2^k points into each of 2^k parts of every parameter', async () => {
  const suggestions = await sobolSuggester().begin({
    space: spaceOf('a=0..7', 'b=0..7'),
    seed: 3,
    trials: 64,
  })
  const points = await Promise.all(Array.from({ length: 64 }, (_, i) => suggestions.suggest(i, [])))
  for (const key of ['a', 'b']) {
    const values = points.map((point) => point![key])
    for (let value = 0; value < 8; value++)
      assert.is(values.filter((each) => each === value).length, 8)
  }
})

test('sobol says how many parameters it can have', () => {
  const args = Array.from({ length: 22 }, (_, i) => `p${i}=0..9`)
  assert.throws(
    () => sobolSuggester().begin({ space: spaceOf(...args), seed: 0, trials: 1 }),
    /at most 21 parameters/,
  )
})

test('random is even on the scale of each parameter', async () => {
  const space = spaceOf('rate=1e-4..1e-2:log', 'name=a,b,c')
  const suggestions = await randomSuggester().begin({ space, seed: 1, trials: 3000 })
  const points = await Promise.all(
    Array.from({ length: 3000 }, (_, i) => suggestions.suggest(i, [])),
  )
  const below = points.filter((point) => Number(point!.rate) < 1e-3).length
  assert.ok(Math.abs(below - 1500) < 120, `${below} of 3000 below the middle of the ratios`)
  const b = points.filter((point) => point!.name === 'b').length
  assert.ok(Math.abs(b - 1000) < 110, `${b} of 3000 are b`)
})

test('tpe says what is missing', async () => {
  const search = { space: spaceOf('x=0..1:points=3'), seed: 0, trials: 1 }
  let message = ''
  try {
    await tpeSuggester({ python: '/nowhere/python' }).begin(search)
  } catch (error) {
    message = (error as Error).message
  }
  assert.match(message, /needs Python with Optuna; \/nowhere\/python has none/)
  assert.match(message, /pip install optuna/)
})

test.run()
