import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide convert')

test('does what it says', () => followGuide('convert.md'))

test.run()
