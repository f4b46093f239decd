import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide larger-than-memory')

test('does what it says', () => followGuide('larger-than-memory.md'))

test.run()
