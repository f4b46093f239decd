import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockOf, scaleOf } from '../../src/data/axis.ts'

const test = suite('what curves are drawn over')

test('epochs and seconds of training lie between those at which epochs ended', () => {
  const clock = clockOf({ steps: [10, 20, 40], values: [5, 1, 2] })!
  assert.equal(clock, { steps: [10, 20, 40], epochs: [1, 2, 3], seconds: [5, 6, 8] })
  const [step, epoch, time] = (['step', 'epoch', 'time'] as const).map((axis) =>
    scaleOf(axis, [clock]),
  ) as [ReturnType<typeof scaleOf>, ReturnType<typeof scaleOf>, ReturnType<typeof scaleOf>]
  const steps = [0, 5, 10, 15, 20, 30, 40, 60]
  assert.equal([step.label, epoch.label, time.label], ['step', 'epoch', 'seconds'])
  assert.equal(
    steps.map((each) => step.at(each, clock)),
    steps,
  )
  assert.equal(
    steps.map((each) => epoch.at(each, clock)),
    [0, 0.5, 1, 1.5, 2, 2.5, 3, 4],
  )
  assert.equal(
    steps.map((each) => time.at(each, clock)),
    [0, 2.5, 5, 5.5, 6, 7, 8, 10],
  )
})

test('long runs are told in larger units, all runs of a chart in one', () => {
  const of = (seconds: number) => clockOf({ steps: [100], values: [seconds] })!
  for (const [seconds, label, end] of [
    [2, 'seconds', 2],
    [179, 'seconds', 179],
    [180, 'minutes', 3],
    [10_800, 'hours', 3],
  ] as const) {
    const scale = scaleOf('time', [of(1), undefined, of(seconds)])
    assert.is(scale.label, label)
    assert.is(scale.at(100, of(seconds)), end)
  }
})

test('a run without epochs has no clock, and one of many a smaller one that ends where it ends', () => {
  assert.is(clockOf({ steps: [], values: [] }), undefined)
  assert.is(scaleOf('epoch', [undefined]).at(7, undefined), 7)
  const steps = Array.from({ length: 12_345 }, (_, at) => 3 * (at + 1))
  const clock = clockOf({ steps, values: steps.map(() => 2) })!
  assert.ok(clock.steps.length <= 1001)
  assert.is(clock.steps.at(-1), steps.at(-1))
  const scale = scaleOf('epoch', [clock])
  for (const at of [0, 1, 500, 12_344]) {
    assert.ok(Math.abs(scale.at(steps[at]!, clock) - (at + 1)) < 1e-6)
  }
  // Steps that two epochs share, as of a log that was written by something else.
  const odd = clockOf({ steps: [5, 5], values: [1, 1] })!
  assert.ok(Number.isFinite(scaleOf('time', [odd]).at(5, odd)))
})

test.run()
