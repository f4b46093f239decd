import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide from-tfjs')

test('does what it says', () => followGuide('from-tfjs.md'))

test.run()
