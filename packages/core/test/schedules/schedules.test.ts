import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { constant, cosineDecay, schedulePlugins, warmup } from '../../src/index.ts'
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
