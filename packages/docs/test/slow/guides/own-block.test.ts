import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide own-block')

test('does what it says', () => followGuide('own-block.md'))

test.run()
