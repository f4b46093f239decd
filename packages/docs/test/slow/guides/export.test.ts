import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide export')

test('does what it says', () => followGuide('export.md'))

test.run()
