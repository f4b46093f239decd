import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide trust')

test('does what it says', () => followGuide('trust.md'))

test.run()
