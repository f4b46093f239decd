import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  constant,
  cosineDecay,
  cosineRestarts,
  exponentialDecay,
  oneCycle,
  piecewise,
  polynomialDecay,
  stepDecay,
  warmup,
} from '../../src/index.ts'
import { schedulePlugins } from '../../src/schedules/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('schedules')

test('constant stays', () => {
  assert.is(constant(0.1).at(0, 10), 0.1)
  assert.is(constant(0.1).at(1000, 10), 0.1)
})

test('cosine goes from the initial rate to the fraction that is left, over the run', () => {
  const schedule = cosineDecay({ initial: 2, alpha: 0.1 })
  assert.is(schedule.at(0, 100), 2)
  allClose([schedule.at(50, 100), schedule.at(100, 100), schedule.at(500, 100)], [1.1, 0.2, 0.2])
  // Keras: 0.5 * (1 + cos(pi * 25 / 100)) = 0.853553...
  allClose([schedule.at(25, 100)], [2 * (0.9 * 0.8535533905932737 + 0.1)])
})

test('cosine can have a length of its own', () => {
  const schedule = cosineDecay({ initial: 1, steps: 10 })
  allClose([schedule.at(5, 1000), schedule.at(10, 1000)], [0.5, 0])
})

test('a run of no steps is at its end', () => {
  assert.is(cosineDecay({ initial: 1 }).at(0, 0), 0)
})

test('warm-up climbs to the first rate of what comes after it, then hands over', () => {
  const schedule = warmup({ steps: 4, schedule: cosineDecay({ initial: 1 }) })
  allClose(
    [0, 1, 2, 3, 4, 9, 14].map((step) => schedule.at(step, 14)),
    [0.25, 0.5, 0.75, 1, 1, 0.5, 0],
  )
  allClose([warmup({ steps: 2, schedule: 0.4 }).at(0, 10)], [0.2])
})

test('step drops at every multiple', () => {
  const schedule = stepDecay({ initial: 1, every: 3 })
  allClose(
    [0, 2, 3, 5, 6, 9].map((step) => schedule.at(step, 10)),
    [1, 1, 0.1, 0.1, 0.01, 0.001],
  )
})

test('exponential shrinks by its factor over its length, by default the run', () => {
  const schedule = exponentialDecay({ initial: 2, factor: 0.25, steps: 10 })
  allClose([schedule.at(0, 99), schedule.at(5, 99), schedule.at(20, 99)], [2, 1, 0.125])
  allClose([exponentialDecay({ initial: 2, factor: 0.25 }).at(50, 100)], [1])
})

test('polynomial goes down to its end and stays there', () => {
  const line = polynomialDecay({ initial: 1, end: 0.2 })
  allClose([line.at(0, 8), line.at(4, 8), line.at(8, 8), line.at(80, 8)], [1, 0.6, 0.2, 0.2])
  allClose([polynomialDecay({ initial: 1, power: 2, steps: 4 }).at(1, 8)], [0.75 ** 2])
})

test('piecewise keeps a rate up to and including its boundary, as Keras does', () => {
  const schedule = piecewise({ boundaries: [2, 4], rates: [1, 0.5, 0.1] })
  assert.equal(
    [0, 2, 3, 4, 5, 99].map((step) => schedule.at(step, 6)),
    [1, 1, 0.5, 0.5, 0.1, 0.1],
  )
  assert.throws(
    () => piecewise({ boundaries: [2], rates: [1] }),
    'schedule piecewise: `rates` must have one entry more than the 1 `boundaries`, got 1',
  )
  assert.throws(
    () => piecewise({ boundaries: [4, 4], rates: [1, 2, 3] }),
    'schedule piecewise: `boundaries` must rise, got [4,4]',
  )
})

/** By walking through the periods, where the schedule uses a closed form. */
function restartsBySteps(step: number, first: number, factor: number, rate: number): number {
  let length = first
  let scale = 1
  while (step >= length - 1e-9) {
    step -= length
    length *= factor
    scale *= rate
  }
  return (scale * (1 + Math.cos((Math.PI * step) / length))) / 2
}

for (const [factor, rate] of [
  [2, 1],
  [1, 0.5],
  [1.5, 0.9],
  [3, 0.1],
] as const) {
  test(`cosine with restarts, periods times ${factor}, rates times ${rate}`, () => {
    const schedule = cosineRestarts({
      initial: 1,
      firstSteps: 10,
      periodFactor: factor,
      rateFactor: rate,
    })
    const steps = Array.from({ length: 200 }, (_, step) => step)
    allClose(
      steps.map((step) => schedule.at(step, 200)),
      steps.map((step) => restartsBySteps(step, 10, factor, rate)),
    )
  })
}

test('one cycle climbs for its part of the run, then falls far below its start', () => {
  const schedule = oneCycle({ max: 1, rise: 0.3 })
  allClose(
    [0, 14.5, 29, 64, 99, 200].map((step) => schedule.at(step, 100)),
    [1 / 25, 0.52, 1, (1 + 4e-6) / 2, 4e-6, 4e-6],
  )
  assert.ok(schedule.at(0, 1) > 0)
  const short = oneCycle({ max: 1, steps: 10 })
  allClose([short.at(2, 999), short.at(9, 999)], [1, 4e-6])
})

test('a warm-up goes before any of them', () => {
  const schedule = warmup({ steps: 2, schedule: stepDecay({ initial: 1, every: 2 }) })
  allClose(
    [0, 1, 2, 3, 4].map((step) => schedule.at(step, 10)),
    [0.5, 1, 1, 1, 0.1],
  )
})

test('every schedule is named by its plugin and gives rates that are not negative', () => {
  const required: Record<string, object> = {
    constant: {},
    warmup: { steps: 3, schedule: 1 },
    piecewise: { boundaries: [5], rates: [1, 0.1] },
    'one-cycle': { max: 1 },
    step: { initial: 1, every: 4 },
    'cosine-restarts': { initial: 1, firstSteps: 4 },
  }
  for (const plugin of schedulePlugins) {
    const options = plugin.options.parse(required[plugin.name] ?? { initial: 1 })
    const schedule = plugin.create(options, undefined as never)
    assert.is(schedule.name, plugin.name)
    for (let step = 0; step < 25; step++) assert.ok(schedule.at(step, 20) >= 0, plugin.name)
    assert.throws(() => plugin.options.parse({ ...options, ratee: 1 }), /ratee/)
  }
})

test('as plugins they check their options', () => {
  const [constantPlugin, cosinePlugin, warmupPlugin] = schedulePlugins
  const context = { factory: () => () => constant(8), seed: 0, folder: '.' } as never
  const create = (plugin: typeof constantPlugin, options: object) =>
    plugin!.create(plugin!.options.parse(options), context)
  assert.is(create(constantPlugin, { rate: 2 }).at(0, 1), 2)
  assert.is(create(cosinePlugin, { initial: 3 }).at(0, 1), 3)
  assert.is(create(warmupPlugin, { steps: 2, schedule: { name: 'constant', rate: 8 } }).at(0, 9), 4)
  assert.throws(() => create(cosinePlugin, {}), /initial/)
  assert.throws(() => create(warmupPlugin, { steps: 0, schedule: 1 }), /steps/)
})

test.run()
