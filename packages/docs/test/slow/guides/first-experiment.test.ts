import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide first-experiment')

test('does what it says', () => followGuide('first-experiment.md'))

test.run()
