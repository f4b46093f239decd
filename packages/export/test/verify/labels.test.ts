import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LabelOutput } from '../../src/file/labels.ts'
import { compareLabels } from '../../src/verify/labels.ts'

const test = suite('names of classes against numbers')

const numbers = (...data: number[]) => ({
  output: { shape: [data.length], dtype: 'float32', data: Float32Array.from(data) } as const,
})

const three: LabelOutput = { name: 'label', of: 'output', names: ['a', 'b', 'c'] }
const two: LabelOutput = { name: 'label', of: 'output', names: ['no', 'yes'], middle: 0 }

const holds = (
  label: LabelOutput,
  model: readonly number[],
  file: readonly number[],
  texts: readonly string[],
) => {
  const sides = { model: numbers(...model), file: numbers(...file), texts: { label: texts } }
  return compareLabels(label, sides, 0.01).passed
}

test("the class of the model's largest number, of equals the first", () => {
  assert.ok(holds(three, [1, 5, 2, 3, 3, 0], [1, 5, 2, 3, 3, 0], ['b', 'a']))
  assert.not.ok(holds(three, [1, 5, 2, 3, 3, 0], [1, 5, 2, 3, 3, 0], ['b', 'c']))
  assert.not.ok(holds(three, [1, 5, 2], [1, 5, 2], []))
  assert.not.ok(holds(three, [1, 5, 2], [1, 5, 2], ['b', 'b']))
})

test("where rounding decides it is that of the file's own numbers", () => {
  assert.ok(holds(three, [1, 1.001, 0], [1.001, 1, 0], ['a']))
  assert.ok(holds(three, [1, 1.001, 0], [1.001, 1, 0], ['b']))
  assert.not.ok(holds(three, [1, 1.001, 0], [1.001, 1, 0], ['c']))
  assert.not.ok(holds(three, [1, 1.5, 0], [1.5, 1, 0], ['a']))
})

test('of one number by its middle', () => {
  assert.ok(holds(two, [-1, 2, 0], [-1, 2, 0], ['no', 'yes', 'no']))
  assert.not.ok(holds(two, [-1, 2], [-1, 2], ['no', 'no']))
  assert.ok(holds(two, [-0.001], [0.001], ['yes']))
})

test('what is no number has no class', () => {
  assert.ok(holds(three, [Number.NaN, 1, 2], [Number.NaN, 1, 2], ['a']))
  assert.ok(holds(two, [Number.NaN], [Number.NaN], ['no']))
})

test.run()
