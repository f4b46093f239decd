import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide serving')

guideTest(test, 'serving.md')

test.run()
