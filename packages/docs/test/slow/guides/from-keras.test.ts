import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide from-keras')

test('does what it says', () => followGuide('from-keras.md'))

test.run()
