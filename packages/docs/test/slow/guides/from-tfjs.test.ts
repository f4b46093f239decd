import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide from-tfjs')

guideTest(test, 'from-tfjs.md')

test.run()
