import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { legendLines } from '../../src/components/legend-lines.ts'

const test = suite('what a legend tells apart')

test('runs of one group are one; lines of another colour are others, whatever they are called', () => {
  const lines = [
    { label: 'a', color: 0 },
    { label: 'a', color: 0, dashed: false },
    { label: 'a', color: 1 },
    { label: 'a', color: 1, dashed: true },
  ]
  assert.equal(legendLines(lines), [lines[1]!, lines[2]!, lines[3]!])
})

test.run()
