import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide own-data')

test('does what it says', () => followGuide('own-data.md'))

test.run()
