import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OutputLabels } from '../../src/reduce/feeds.ts'
import { Judge, type Judgement } from '../../src/reduce/judge.ts'
import { describeDrop } from '../../src/reduce/words.ts'
import type { NamedData, TensorData } from '../../src/tensors.ts'

const test = suite('judging outputs by what their labels are')

const tensor = (width: number, ...numbers: number[]): TensorData => ({
  ...{ shape: [numbers.length / width, width], dtype: 'float32' },
  data: Float32Array.from(numbers),
})

function judged(float: NamedData, reduced: NamedData, labels: readonly OutputLabels[]): Judgement {
  const judge = new Judge()
  judge.add({ feeds: { x: Object.values(float)[0]! }, labels }, float, reduced)
  return judge.done()
}

const named = (name: string | undefined, kind: OutputLabels['kind'], ...data: number[]) => ({
  ...{ name, kind, data },
})

test('several outputs are each held against labels of their name, and the worst says what is lost', () => {
  const float = {
    class: tensor(2, 1, 0, 0, 1, 1, 0, 0, 1),
    box: tensor(1, 1, 2, 3, 4),
  }
  const reduced = {
    class: tensor(2, 1, 0, 0, 1, 0, 1, 0, 1),
    box: tensor(1, 1, 2, 3, 4),
  }
  const labels = [named('box', 'targets', 1, 2, 3, 4), named('class', 'classes', 0, 1, 0, 0)]
  const { outputs, drop, samples, accuracy } = judged(float, reduced, labels)
  assert.is(samples, 4)
  assert.is(accuracy, undefined)
  assert.equal(outputs!.class!.accuracy, { float: 0.75, reduced: 0.5 })
  assert.is(outputs!.class!.agreement, 0.75)
  assert.equal(outputs!.box, { r2: { float: 1, reduced: 1 }, noise: 0, drop: 0 })
  assert.is(drop, 25)
  assert.match(
    describeDrop(judged(float, reduced, labels)),
    /^25\.00 points: class 25\.00 points \(accuracy 75\.00 % to 50\.00 %.*; box 0\.00 points \(explained variance 100\.00 % to 100\.00 %/,
  )
  // The other one alone.
  const worse = { ...float, box: tensor(1, 1, 2, 3, 0) }
  assert.ok(judged(float, worse, labels).drop > 50)
})

test('of outputs that have no labels among others, the difference counts, whatever their classes would be', () => {
  const float = { class: tensor(2, 1, 0, 0, 1), box: tensor(2, 5, 5.01, 4, 4) }
  const reduced = { class: tensor(2, 1, 0, 0, 1), box: tensor(2, 5, 4.99, 4, 4) }
  const { outputs, drop } = judged(float, reduced, [named('class', 'classes', 0, 1)])
  assert.is(outputs!.box!.agreement, undefined)
  assert.ok(drop < 1 && drop > 0, `${drop}`)
})

test('rows whose label does not count are no mistakes, and may change', () => {
  const float = { y: tensor(2, 1, 0, 0, 1, 1, 0, 1, 0) }
  const reduced = { y: tensor(2, 1, 0, 0, 1, 0, 1, 0, 1) }
  const ignoring = { ...named(undefined, 'classes', 0, 1, -1, -1), ignoreIndex: -1 }
  const { accuracy, agreement, drop } = judged(float, reduced, [ignoring])
  assert.equal(accuracy, { float: 1, reduced: 1 })
  assert.is(agreement, 1)
  assert.is(drop, 0)
  const all = judged(float, reduced, [named(undefined, 'classes', 0, 1, 0, 0)])
  assert.is(all.drop, 50)
})

test('answers to each of several classes are right or wrong by themselves, of probabilities and of logits', () => {
  const labels = [named(undefined, 'answers', 1, 0, 0, 1, 1, 0)]
  for (const middle of [0, 0.5]) {
    const numbers = (...answers: number[]) => ({
      y: tensor(3, ...answers.map((yes) => middle + (yes ? 0.4 : -0.4))),
    })
    const { accuracy, agreement, drop } = judged(
      numbers(1, 0, 0, 1, 1, 1),
      numbers(1, 0, 1, 1, 1, 1),
      labels,
    )
    assert.equal(accuracy, { float: 5 / 6, reduced: 4 / 6 })
    assert.is(agreement, 5 / 6)
    assert.ok(Math.abs(drop - 100 / 6) < 1e-9)
  }
})

test('an output of whole numbers beside scores loses nothing by itself', () => {
  const whole = (...data: number[]): TensorData => ({
    ...{ shape: [data.length], dtype: 'int32', data: Int32Array.from(data) },
  })
  const float = { y: tensor(2, 1, 0, 0, 1), place: whole(0, 9) }
  const reduced = { y: tensor(2, 1, 0, 0, 1), place: whole(0, 1) }
  const { drop, noise, accuracy } = judged(float, reduced, [named(undefined, 'classes', 0, 1)])
  assert.equal(accuracy, { float: 1, reduced: 1 })
  assert.is(drop, 0)
  assert.ok(noise > 0)
})

test.run()
