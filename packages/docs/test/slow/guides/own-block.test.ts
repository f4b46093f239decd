import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide own-block')

guideTest(test, 'own-block.md')

test.run()
