import { suite } from 'uvu'
import { followGuide } from '../../support/follow-guide.ts'

const test = suite('guide from-hydra')

test('does what it says', () => followGuide('from-hydra.md'))

test.run()
