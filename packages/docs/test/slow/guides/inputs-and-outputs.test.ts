import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide inputs-and-outputs')

test('does what it says', () => followGuide('inputs-and-outputs.md'))

test.run()
