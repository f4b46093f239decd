import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide own-dataset')

test('does what it says', () => followGuide('own-dataset.md'))

test.run()
