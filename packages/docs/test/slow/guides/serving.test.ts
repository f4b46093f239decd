import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide serving')

test('does what it says', () => followGuide('serving.md'))

test.run()
