import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide fine-tuning')

test('does what it says', () => followGuide('fine-tuning.md'))

test.run()
