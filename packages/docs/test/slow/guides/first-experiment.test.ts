import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide first-experiment')

guideTest(test, 'first-experiment.md')

test.run()
