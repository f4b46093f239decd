import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide trust')

guideTest(test, 'trust.md')

test.run()
