import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { check } from '../../src/options/check.ts'

const test = suite('check')

const schema = z.strictObject({
  epochs: z.int().positive().default(1),
  rate: z.number().min(0).lt(1).optional(),
  mode: z.enum(['fast', 'exact']).optional(),
  sizes: z.array(z.int().min(2).max(8)).min(1).optional(),
  learningRate: z.union([z.number().nonnegative(), z.looseObject({ name: z.string() })]).optional(),
  shuffle: z.boolean().optional(),
  inner: z.strictObject({ width: z.int().positive() }).optional(),
  address: z.url().optional(),
  word: z.string().min(1).optional(),
  code: z
    .string()
    .regex(/^[a-z]+$/, { error: 'must be small letters' })
    .optional(),
})

test('gives back what fits, with defaults', () => {
  assert.equal(check(schema, { rate: 0.5 }, 'x'), { epochs: 1, rate: 0.5 })
})

test('says how long a list must be', async () => {
  const pair = z.strictObject({ pair: z.array(z.int()).min(2) })
  assert.is(
    await refusal(() => check(pair, { pair: [1] }, 'x')),
    'x.pair: must be a list of at least 2, got [1]',
  )
})

const cases: readonly [unknown, string][] = [
  [{ epochs: 'ten' }, 'x.epochs: must be a positive integer, got "ten"'],
  [{ epochs: 1.5 }, 'x.epochs: must be a positive integer, got 1.5'],
  [{ rate: 1 }, 'x.rate: must be a number >= 0 and < 1, got 1'],
  [{ mode: 'slow' }, 'x.mode: must be one of "fast", "exact", got "slow"'],
  [{ sizes: [4, 9] }, 'x.sizes[1]: must be an integer >= 2 and <= 8, got 9'],
  [{ sizes: [] }, 'x.sizes: must be a list that is not empty, got []'],
  [
    { learningRate: 'cosine' },
    'x.learningRate: must be a number >= 0 or a mapping with name, got "cosine"',
  ],
  [{ shuffle: 1 }, 'x.shuffle: must be true or false, got 1'],
  [{ inner: {} }, 'x.inner.width: must be given: a positive integer'],
  [{ inner: 3 }, 'x.inner: must be a mapping with width, got 3'],
  [{ address: 'here' }, 'x.address: must be an address (URL), got "here"'],
  [{ word: '' }, 'x.word: must be a string that is not empty, got ""'],
  [{ code: 'A' }, 'x.code: must be small letters, got "A"'],
  [
    { epoch: 3 },
    'x: key must be one of epochs, rate, mode, sizes, learningRate, shuffle, inner, address, word, code, got "epoch"\n' +
      '  Did you mean "epochs"?',
  ],
  [{ inner: { width: 1, height: 2 } }, 'x.inner: key must be one of width, got "height"'],
  [
    { epochs: 0, shuffle: 'yes' },
    'x.epochs: must be a positive integer, got 0\n  x.shuffle: must be true or false, got "yes"',
  ],
]

for (const [value, message] of cases) {
  test(message.split('\n')[0]!, async () => {
    assert.is(await refusal(() => check(schema, value, 'x')), message)
  })
}

test('a refinement says it in its own words', async () => {
  const either = z
    .strictObject({ a: z.int().optional(), b: z.int().optional() })
    .refine(({ a, b }) => a === undefined || b === undefined, {
      error: 'give either `a` or `b`, not both',
      path: ['b'],
    })
  assert.is(
    await refusal(() => check(either, { a: 1, b: 2 }, 'x')),
    'x.b: give either `a` or `b`, not both, got 2',
  )
})

test('of a list of so many the description is told, and each is checked by its own words', async () => {
  const side = () => z.int().positive().max(9)
  const sized = z.strictObject({ size: z.tuple([side(), side()]).describe('Height and width.') })
  for (const [size, given] of [
    [[3], '[3]'],
    [3, '3'],
    [[3, 3, 3], '[3, 3, 3]'],
  ] as const) {
    assert.is(
      await refusal(() => check(sized, { size }, 'x')),
      `x.size: must be a list of 2: each a positive integer <= 9, got ${given}\n  Height and width.`,
    )
  }
  assert.is(
    await refusal(() => check(sized, { size: [0, 3] }, 'x')),
    'x.size[0]: must be a positive integer <= 9, got 0',
  )
})

test('a text that looks like a number is asked for in quotes', async () => {
  const schema = z.strictObject({ target: z.string(), size: z.int() })
  assert.is(
    await refusal(() => check(schema, { target: 7, size: 1 }, 'csv')),
    'csv.target: must be a string, got 7\n  A text that looks like something else needs quotes: "7".',
  )
  assert.not.match(await refusal(() => check(schema, { target: 'a', size: true }, 'csv')), /quotes/)
})

test('so is one where a list of texts would do, and not where a number would', async () => {
  const text = () => z.string().min(1)
  const list = z.strictObject({ target: z.union([text(), z.array(text()).min(1)]) })
  assert.is(
    await refusal(() => check(list, { target: 7 }, 'csv')),
    'csv.target: must be a string that is not empty or a list that is not empty, got 7\n  A text that looks like something else needs quotes: "7".',
  )
  const number = z.strictObject({ size: z.union([text(), z.int().max(5)]) })
  assert.not.match(await refusal(() => check(number, { size: 7 }, 'csv')), /quotes/)
})

test.run()
