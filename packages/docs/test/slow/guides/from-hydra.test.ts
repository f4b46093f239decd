import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide from-hydra')

guideTest(test, 'from-hydra.md')

test.run()
