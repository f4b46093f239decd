import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandOf, countOf } from '../../src/harness/flags.ts'

const flags = suite('flags')

flags('a count is a whole number above 0, seconds may have a fraction', () => {
  assert.is(countOf('rounds', '3'), 3)
  assert.is(countOf('seconds', '0.5', false), 0.5)
  assert.throws(
    () => countOf('rounds', '0.5'),
    '--rounds: must be a whole number above 0, got "0.5"',
  )
  assert.throws(
    () => countOf('seconds', '-1', false),
    '--seconds: must be a number above 0, got "-1"',
  )
})

flags('the command is what was typed, without places and defaults', () => {
  const bench = {
    name: 'train',
    flags: {
      rounds: { type: 'string', default: '5' },
      work: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  } as const
  const typed = { rounds: '5', work: 'resnet18 nhwc', python: '/opt/python', save: true }
  assert.is(commandOf(bench, typed), 'pnpm bench train --work "resnet18 nhwc" --save')
  assert.is(
    commandOf(bench, { rounds: '3', json: 'rows.json', save: false }),
    'pnpm bench train --rounds 3',
  )
})

flags.run()
