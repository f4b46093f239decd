import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide sweeps')

test('does what it says', () => followGuide('sweeps.md'))

test.run()
