import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide from-lightning')

guideTest(test, 'from-lightning.md')

test.run()
