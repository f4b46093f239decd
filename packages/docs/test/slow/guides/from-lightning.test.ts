import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide from-lightning')

test('does what it says', () => followGuide('from-lightning.md'))

test.run()
