import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flatten } from '../../src/arrays/flatten.ts'
import { rejects } from '../support/errors.ts'

const test = suite('flatten')

test('finds shape and numbers', () => {
  assert.equal(
    flatten(
      [
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ],
      'x',
    ),
    {
      shape: [3, 2, 1],
      values: [1, 2, 3, 4, 5, 6],
    },
  )
  assert.equal(flatten([], 'x'), { shape: [0], values: [] })
})

test('names the place where lists differ', async () => {
  await rejects(
    () => flatten([[1, 2], [3]], 'inputs'),
    ConfigError,
    'inputs[1]: must be a list of 2, as the first of its kind is, got [3]',
  )
  await rejects(
    () => flatten([[1, 2], 3], 'inputs'),
    ConfigError,
    'inputs[1]: must be a list of 2, as the first of its kind is, got 3',
  )
  await rejects(
    () => flatten([1, [2]], 'inputs'),
    ConfigError,
    'inputs[1]: must be a finite number, got [2]',
  )
  await rejects(
    () => flatten([[1, Number.NaN]], 'inputs'),
    ConfigError,
    'inputs[0][1]: must be a finite number, got NaN',
  )
})

test.run()
