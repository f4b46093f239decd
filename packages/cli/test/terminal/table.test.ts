import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatTable } from '../../src/terminal/table.ts'

const test = suite('formatTable')

test('the first column to the left, the others to the right', () => {
  assert.equal(
    formatTable(
      ['name', 'n'],
      [
        ['a', '10'],
        ['long one', '9'],
      ],
    ),
    ['name       n', 'a         10', 'long one   9'],
  )
  assert.equal(formatTable(undefined, []), [])
})

test.run()
